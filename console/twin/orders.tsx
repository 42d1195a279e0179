import { type ReactNode, useState } from "react";

import type { CommandView } from "#api/commands/contract.ts";
import type { TwinView } from "#api/twins/contract.ts";

import { Age } from "../badges.tsx";
import { By } from "../by.tsx";
import type { Problem, Sending } from "../client.ts";
import { Dialog } from "../dialog.tsx";
import { ReasonField } from "../fields.tsx";
import { useSpeech } from "../language.ts";
import { useMay } from "../me.ts";
import { Refusal } from "../refusal.tsx";
import { useSender } from "../sending.ts";
import { type Act, actCode, acts, isGrave } from "./repertoire.ts";

const shownFirst = 5;

/** What a device can be told to do, and what became of what it was told. */
export function Orders(props: {
  twin: TwinView;
  orders: readonly CommandView[];
  now: number;
  changed: () => void;
}): ReactNode {
  const { word, name } = useSpeech();
  const may = useMay();
  const [asked, setAsked] = useState<Act>();
  const { busy, problem, submit } = useSender();
  const { twin, orders, now } = props;
  const path = commandsPath(twin.id);
  const known = acts[twin.kind].filter((act) =>
    may(act.name === "measure" ? "measures:ask" : "commands:write"),
  );
  if (known.length === 0 && orders.length === 0) return null;
  const order = async (sending: Sending): Promise<void> => {
    if ((await submit(sending)) !== undefined) setAsked(undefined);
    // Refused or not, what the page shows may be old.
    props.changed();
  };
  const tell = (act: Act, why = ""): Promise<void> =>
    order({ method: "POST", path, body: why === "" ? act : { ...act, why } });
  return (
    <section className="card below" aria-labelledby="orders">
      <h2 id="orders">{word("orders")}</h2>
      <div className="row">
        {known.map((act) => (
          <button
            key={actCode(act)}
            type="button"
            aria-disabled={busy}
            onClick={() => (isGrave(act) ? setAsked(act) : void tell(act))}
          >
            {name("command", actCode(act))}
          </button>
        ))}
      </div>
      {asked === undefined && <Refusal problem={problem} />}
      {orders.length > 0 && (
        <OrderTable
          orders={orders.toReversed()}
          now={now}
          cancel={(id) => void order({ method: "DELETE", path: `${path}/${id}` })}
        />
      )}
      {asked !== undefined && (
        <Confirm
          act={asked}
          {...{ busy, problem }}
          close={() => setAsked(undefined)}
          tell={(why) => void tell(asked, why)}
        />
      )}
    </section>
  );
}

/** Where the commands of a device stand. */
export function commandsPath(serial: string): string {
  return `/v1/twins/${encodeURIComponent(serial)}/commands`;
}

function Confirm(props: {
  act: Act;
  busy: boolean;
  problem: Problem | undefined;
  close: () => void;
  tell: (why: string) => void;
}): ReactNode {
  const { word, name } = useSpeech();
  const [why, setWhy] = useState("");
  const code = actCode(props.act);
  return (
    <Dialog
      title={name("command", code)}
      action={word("tellIt")}
      busy={props.busy}
      close={props.close}
      submit={() => props.tell(why.trim())}
    >
      <p>{name("aboutCommand", code)}</p>
      <ReasonField value={why} set={setWhy} />
      <Refusal problem={props.problem} />
    </Dialog>
  );
}

/** Colours are those of presence. */
const looks: Readonly<Record<CommandView["state"], string>> = {
  queued: "late",
  delivered: "returned",
  accepted: "returned",
  done: "online",
  failed: "silent",
  rejected: "silent",
  cancelled: "in_stock",
  expired: "silent",
};

function OrderTable(props: {
  orders: readonly CommandView[];
  now: number;
  cancel: (id: string) => void;
}): ReactNode {
  const { word } = useSpeech();
  const [all, setAll] = useState(false);
  const shown = all ? props.orders : props.orders.slice(0, shownFirst);
  return (
    <div className="scroll below" tabIndex={0} role="region" aria-label={word("orders")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{word("what")}</th>
            <th scope="col">{word("state")}</th>
            <th scope="col">{word("since")}</th>
            <th scope="col" className="wide">
              {word("askedFor")}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((order) => (
            <OrderRow key={order.id} order={order} now={props.now} cancel={props.cancel} />
          ))}
        </tbody>
      </table>
      {shown.length < props.orders.length && (
        <button type="button" className="slight below" onClick={() => setAll(true)}>
          {word("more")}
        </button>
      )}
    </div>
  );
}

function OrderRow(props: {
  order: CommandView;
  now: number;
  cancel: (id: string) => void;
}): ReactNode {
  const { word, name, time, span } = useSpeech();
  const mayCancel = useMay()("commands:write");
  const { order, now } = props;
  const { id, state, queuedAt, sentAt, deadline, by, why, code, result } = order;
  const what = name("command", actCode({ name: order.name, args: textsOf(order.args) }));
  const isOpen = state === "queued" || state === "delivered" || state === "accepted";
  return (
    <tr>
      <th scope="row">{what}</th>
      <td>
        <span aria-live="polite">
          <span className={`badge state-${looks[state]}`}>{name("order", state)}</span>
        </span>{" "}
        {state === "queued" && sentAt === null && mayCancel && (
          <button
            type="button"
            className="slight"
            aria-label={`${word("cancel")} ${what}`}
            onClick={() => props.cancel(id)}
          >
            {word("cancel")}
          </button>
        )}
        <p className="soft small">
          {code === null || state === "done" ? name("aboutOrder", state) : name("reason", code)}{" "}
          {isOpen && word("untilDeadline", time(deadline), span(deadline - now))}
          {hasContent(result) && <code>{JSON.stringify(result)}</code>}
        </p>
      </td>
      <td>
        <Age at={latestOf(order)} now={now} bare />
      </td>
      <td className="wide">
        <By by={by} />, <Age at={queuedAt} now={now} />
        {why !== null && (
          <>
            {word("colon")} <q>{why}</q>
          </>
        )}
      </td>
    </tr>
  );
}

function hasContent(result: unknown): boolean {
  return typeof result !== "object" || (result !== null && Object.keys(result).length > 0);
}

/** When it came into its state. */
function latestOf({ endedAt, acceptedAt, deliveredAt, queuedAt }: CommandView): number {
  return endedAt ?? acceptedAt ?? deliveredAt ?? queuedAt;
}

function textsOf(args: CommandView["args"]): Record<string, string> {
  return Object.fromEntries(Object.entries(args).map(([arg, value]) => [arg, String(value)]));
}
