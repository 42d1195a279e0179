import type { ReactNode } from "react";

import type { EventPage, EventRow } from "#api/events/contract.ts";

import { Age } from "../badges.tsx";
import { useNow } from "../clock.ts";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { deviceHref } from "../route.ts";
import { kindOf } from "../serials.ts";

/** What arrives later than this after it happened is said to have, ms. */
const lateMs = 60_000;

/** Emergencies themselves, for those who may see them; a new one is announced. */
export function EmergenciesCard({ events }: { events: EventPage }): ReactNode {
  const { word, name, number, time } = useSpeech();
  const [newest] = events.items;
  const beyond = events.emergenciesKept.count - events.items.length;
  const text = newest && `${name("event", newest.kind)}, ${newest.device}, ${time(newest.t)}`;
  return (
    <section
      className={newest === undefined ? "card above" : "card above urgent"}
      aria-labelledby="emergencies"
    >
      <h2 id="emergencies">{word("emergencies")}</h2>
      <p role="status" className="unseen">
        {text !== undefined && word("newestEmergency", text)}
      </p>
      {newest === undefined ? (
        <p className="soft">{word("noEmergency")}</p>
      ) : (
        <EventTable label={word("emergencies")} events={events.items} />
      )}
      {beyond > 0 && <p className="soft">{word("emergenciesBeyond", number(beyond))}</p>}
    </section>
  );
}

/** Technical events; of emergencies their number only, for those who may not see more. */
export function EventsCard(props: { events: EventPage; seesEmergencies: boolean }): ReactNode {
  const { word, number, span } = useSpeech();
  const { items, emergencies } = props.events;
  return (
    <section className="card below" aria-labelledby="events">
      <h2 id="events">{word("events")}</h2>
      {!props.seesEmergencies && emergencies.count > 0 && (
        <p className="above">
          {word("emergenciesCounted", span(emergencies.withinMs), number(emergencies.count))}
        </p>
      )}
      {items.length === 0 ? (
        <p className="soft">{word("noEvent")}</p>
      ) : (
        <EventTable label={word("events")} events={items} />
      )}
    </section>
  );
}

function EventTable(props: { label: string; events: readonly EventRow[] }): ReactNode {
  const { word } = useSpeech();
  const now = useNow();
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={props.label}>
      <table>
        <thead>
          <tr>
            <th scope="col">{word("when")}</th>
            <th scope="col">{word("what")}</th>
            <th scope="col">{word("device")}</th>
            <th scope="col" className="wide">
              {word("home")}
            </th>
          </tr>
        </thead>
        <tbody>
          {props.events.map((event) => (
            <Row key={`${event.device}/${event.id}`} event={event} now={now} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ event, now }: { event: EventRow; now: number }): ReactNode {
  const { word, name, time, ago, percent } = useSpeech();
  const { t, receivedAt, device, box, quality, detail } = event;
  const kind = kindOf(device);
  const arrival = receivedAt !== null && receivedAt - t > lateMs ? receivedAt : undefined;
  const about = [detail, quality === null ? null : `${word("quality")} ${percent(quality)}`];
  return (
    <tr>
      <td className="tight">
        <Age at={t} now={now} />
        <div className="soft small">{time(t)}</div>
        {arrival !== undefined && (
          <div className="soft small">{word("received", ago(now - arrival))}</div>
        )}
      </td>
      <td>
        <b>{name("event", event.kind)}</b>
        <div className="soft small">{about.filter((text) => text !== null).join(" · ")}</div>
      </td>
      <td className="tight">
        <Link href={deviceHref(device)}>{device}</Link>
        {kind !== undefined && <div className="soft small">{name("kind", kind)}</div>}
      </td>
      <td className="wide">{box === null ? "–" : <Link href={deviceHref(box)}>{box}</Link>}</td>
    </tr>
  );
}
