import type { ReactNode } from "react";

import type { EventPage } from "#api/events/contract.ts";

import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";

/** The latest events; emergencies stand out, and are only counted for roles that may not see them. */
export function EventsCard(props: { events: EventPage; at: number }): ReactNode {
  const { word, age, time, number } = useSpeech();
  const { items, emergencies } = props.events;
  const hidden = emergencies.count - items.filter(({ emergency }) => emergency).length;
  return (
    <section className="card below" aria-labelledby="events">
      <h2 id="events">{word("events")}</h2>
      {hidden > 0 && (
        <p className="soft small">
          {word("emergenciesHidden")}: {number(hidden)}
        </p>
      )}
      {items.length === 0 ? (
        <p className="soft">{word("noEvents")}</p>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label={word("events")}>
          <table>
            <thead>
              <tr>
                <th scope="col">{word("when")}</th>
                <th scope="col">{word("what")}</th>
                <th scope="col">{word("device")}</th>
                <th scope="col">{word("home")}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((event) => (
                <tr key={event.id}>
                  <td>
                    {time(event.t)}{" "}
                    <span className="soft small">
                      {word("ago")} {age(props.at - event.t)}
                    </span>
                  </td>
                  <td className={event.emergency ? "state-silent" : ""}>
                    <b>{word(event.kind)}</b>
                  </td>
                  <td>
                    <Link href={`/devices/${event.device}`}>{event.device}</Link>
                  </td>
                  <td>{event.box ?? "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
