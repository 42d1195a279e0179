import type { Static } from "@sinclair/typebox";
import { type ReactNode, useState } from "react";

import type { BlindList } from "#api/fleet/planning-contract.ts";

import { Age, Notice, PresenceBadge } from "../badges.tsx";
import { get } from "../client.ts";
import { useNow } from "../clock.ts";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { usePolled } from "../polled.ts";
import { deviceHref, listHref } from "../route.ts";
import { LengthChoice, lengths } from "./choice.tsx";

type Blind = Static<typeof BlindList>;
type Home = Blind["blind"]["items"][number];

const everyMs = 15_000;
const shownMost = 100;

/** The homes in which nobody is watched over, longest first; those whose wristband is off the wrist apart. */
export function BlindHomes(): ReactNode {
  const { word } = useSpeech();
  const now = useNow();
  const [over, setOver] = useState("PT30M");
  const query = new URLSearchParams({ over, limit: String(shownMost) });
  const { value, at, problem } = usePolled(() => get<Blind>(`/v1/fleet/blind?${query}`), {
    everyMs,
    key: over,
  });
  return (
    <section className="card" aria-labelledby="blind">
      <h2 id="blind">{word("blindHomes")}</h2>
      <LengthChoice label={word("blindOver")} of={lengths.back} value={over} set={setOver} />
      <Notice problem={problem} at={at} />
      {value !== undefined && (
        <>
          <Ranked of={value.blind} at={value.at} now={now} label={word("homesBlind")} />
          <h3>{word("offWrist")}</h3>
          <Ranked of={value.offWrist} at={value.at} now={now} label={word("homesOffWrist")} />
        </>
      )}
    </section>
  );
}

function Ranked(props: { of: Blind["blind"]; at: number; now: number; label: string }): ReactNode {
  const { word, number } = useSpeech();
  const { total, items } = props.of;
  return (
    <>
      <p className="below">
        <span role="status">
          <b>{number(total)}</b> {props.label}
        </span>{" "}
        <span className="soft small">
          <Age at={props.at} now={props.now} />
        </span>
      </p>
      {items.length > 0 && (
        <div className="scroll" tabIndex={0} role="region" aria-label={props.label}>
          <table>
            <thead>
              <tr>
                <th scope="col">{word("home")}</th>
                <th scope="col">{word("blindFor")}</th>
                <th scope="col" className="wide">
                  {word("cause")}
                </th>
                <th scope="col">{word("wristbands")}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((home) => (
                <HomeRow key={home.home} home={home} now={props.now} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {total > items.length && (
        <p className="soft small">{word("shownFirst", number(items.length))}</p>
      )}
    </>
  );
}

function HomeRow({ home, now }: { home: Home; now: number }): ReactNode {
  const { word, name, ago } = useSpeech();
  return (
    <tr>
      <th scope="row">
        <Link href={listHref({ filter: `box==${home.home}` })}>{home.home}</Link>
      </th>
      <td>
        <b>
          <Age at={home.since} now={now} bare />
        </b>
      </td>
      <td className="wide">{name("cause", home.cause)}</td>
      <td>
        <ul className="plain">
          {home.wristbands.map(({ device, state, cause, readingAt }) => (
            <li key={device}>
              <Link href={deviceHref(device)}>{device}</Link>{" "}
              <PresenceBadge presence={{ state, cause }} backlog={null} />{" "}
              <span className="soft small">
                {" · "}
                {readingAt === null
                  ? word("noReading")
                  : word("lastReadingAgo", ago(now - readingAt))}
              </span>
            </li>
          ))}
        </ul>
      </td>
    </tr>
  );
}
