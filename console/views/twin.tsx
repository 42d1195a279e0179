import { type ReactNode, useState } from "react";

import type { CommandView } from "#api/commands/contract.ts";
import type { TwinView as Twin } from "#api/twins/contract.ts";

import { LiveMark, Notice } from "../badges.tsx";
import { type Answer, get } from "../client.ts";
import { useNow } from "../clock.ts";
import { useSpeech } from "../language.ts";
import { useLive } from "../live.ts";
import { useMay } from "../me.ts";
import { usePolled } from "../polled.ts";
import { useTitle } from "../route.ts";
import { History } from "../twin/history.tsx";
import type { LeafRow } from "../twin/leaf-rows.ts";
import { LeafTable } from "../twin/leaf-table.tsx";
import { commandsPath, Orders } from "../twin/orders.tsx";
import { twinPath } from "../twin/overtaken.ts";
import { TwinSummary } from "../twin/summary.tsx";
import { TagsForm } from "../twin/tags.tsx";
import { WishForm } from "../twin/wish-form.tsx";

const everyMs = 30_000;

interface Shown {
  readonly twin: Twin;
  readonly orders: readonly CommandView[];
}

/** One device, whole: presence with its cause, what it is told to do, every leaf beside what it should be. */
export function TwinView({ serial }: { serial: string }): ReactNode {
  const { word, name } = useSpeech();
  const seesOrders = useMay()("commands:read");
  const { value, at, problem, refresh } = usePolled(() => load(serial, seesOrders), {
    everyMs,
    key: serial,
  });
  const open = useLive(`id==${serial}`, refresh);
  useTitle(serial);
  return (
    <>
      <div className="row between">
        <h1>
          {serial}{" "}
          {value !== undefined && <span className="soft">{name("kind", value.twin.kind)}</span>}
        </h1>
        <LiveMark open={open} at={at} />
      </div>
      <Notice problem={problem} at={at} />
      {value === undefined && problem === undefined && <p>{word("loading")}</p>}
      {value !== undefined && <Known {...value} changed={refresh} />}
    </>
  );
}

/** The form that is open: for one leaf, or for the tags. */
type Form = { readonly of: "tags" } | { readonly of: "leaf"; readonly row: LeafRow };

function Known(props: Shown & { changed: () => void }): ReactNode {
  const { twin, orders, changed } = props;
  const now = useNow();
  const seesHistory = useMay()("history:read");
  const [form, setForm] = useState<Form>();
  const close = (isDone: boolean): void => {
    setForm(undefined);
    if (isDone) changed();
  };
  return (
    <>
      <TwinSummary twin={twin} now={now} editTags={() => setForm({ of: "tags" })} />
      <Orders twin={twin} orders={orders} now={now} changed={changed} />
      <LeafTable twin={twin} now={now} wishFor={(row) => setForm({ of: "leaf", row })} />
      {seesHistory && <History serial={twin.id} now={now} />}
      {form?.of === "tags" && <TagsForm twin={twin} close={close} />}
      {form?.of === "leaf" && <WishForm twin={twin} row={form.row} close={close} />}
    </>
  );
}

async function load(serial: string, seesOrders: boolean): Promise<Answer<Shown>> {
  const [twin, orders] = await Promise.all([
    get<Twin>(twinPath(serial)),
    seesOrders ? get<{ items: readonly CommandView[] }>(commandsPath(serial)) : undefined,
  ]);
  if (twin.kind === "problem") return twin;
  if (orders?.kind === "problem") return orders;
  return { kind: "ok", body: { twin: twin.body, orders: orders?.body.items ?? [] } };
}
