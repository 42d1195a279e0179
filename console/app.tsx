/** The pages: who one is, where one is, and what is shown there. */
import {
  type ReactNode,
  StrictMode,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { createRoot } from "react-dom/client";

import type { Me } from "#api/account/contract.ts";

import { extendHistory, type RatePoint } from "./charts/rate-history.ts";
import { get, signOut } from "./client.ts";
import type { Word } from "./copy-en.ts";
import { firstLanguage, keepLanguage, speak, SpeechContext, useSpeech } from "./language.ts";
import { Link } from "./link.tsx";
import { MeContext, useMay } from "./me.ts";
import { nameIn, type Place, usePlace } from "./route.ts";
import { mayBeSignedIn, noteSession, onSessionEnd } from "./session.ts";
import { ChangeView } from "./views/change.tsx";
import { ChangesView } from "./views/changes.tsx";
import { DevicesView } from "./views/devices.tsx";
import { FleetView } from "./views/fleet.tsx";
import { NewChangeView } from "./views/new-change.tsx";
import { PastTwinView } from "./views/past-twin.tsx";
import { PlannerView } from "./views/planner.tsx";
import { SignInView } from "./views/sign-in.tsx";
import { TwinView } from "./views/twin.tsx";

type Session =
  { readonly kind: "asking" } | { readonly kind: "out" } | { readonly kind: "in"; readonly me: Me };

function App(): ReactNode {
  const [language, setLanguage] = useState(firstLanguage);
  const speech = useMemo(() => speak(language), [language]);
  const { session, ask } = useSession();
  const { path } = usePlace();
  const me = session.kind === "in" ? session.me : undefined;
  useArrival(session.kind === "out" ? "sign-in" : path);
  useEffect(() => keepLanguage(language), [language]);
  return (
    <SpeechContext value={speech}>
      <a className="skip" href="#content">
        {speech.word("skip")}
      </a>
      <Top me={me} turn={() => setLanguage(language === "en" ? "fr" : "en")} />
      <main id="content" tabIndex={-1}>
        {session.kind === "out" && <SignInView done={ask} />}
        {me !== undefined && (
          <MeContext value={me}>
            <Here me={me} />
          </MeContext>
        )}
      </main>
    </SpeechContext>
  );
}

/** Who is signed in, and how to find out again. */
function useSession(): { session: Session; ask: () => void } {
  const [session, setSession] = useState<Session>({ kind: mayBeSignedIn() ? "asking" : "out" });
  const ask = useCallback(() => {
    void get<Me>("/v1/me").then((answer) => {
      if (answer.kind === "problem") return setSession({ kind: "out" });
      noteSession(answer.body.expiresAt);
      return setSession({ kind: "in", me: answer.body });
    });
  }, []);
  useEffect(() => {
    if (mayBeSignedIn()) ask();
    return onSessionEnd(() => setSession({ kind: "out" }));
  }, [ask]);
  return { session, ask };
}

/** The parts of the pages, and who sees each. */
const sections = [
  { href: "/", label: "fleet", right: "twins:read" },
  { href: "/devices", label: "devices", right: "twins:read" },
  { href: "/changes", label: "changes", right: "changes:read" },
  { href: "/planner", label: "planner", right: "fleet:read" },
] as const satisfies readonly { href: string; label: Word; right: Me["rights"][number] }[];

function Top(props: { me: Me | undefined; turn: () => void }): ReactNode {
  const { language, word, name } = useSpeech();
  const { path } = usePlace();
  const { me } = props;
  const here = sections.findLast(({ href }) => path.startsWith(href));
  return (
    <header className="top">
      <strong>Vigie</strong>
      <nav aria-label="Vigie">
        {sections
          .filter(({ right }) => me?.rights.includes(right) === true)
          .map(({ href, label }) => (
            <Link key={href} href={href} current={href === here?.href}>
              {word(label)}
            </Link>
          ))}
      </nav>
      {me !== undefined && (
        <span className="soft small">
          {name("role", me.role)} · {me.tenant}
        </span>
      )}
      <button type="button" lang={language === "en" ? "fr" : "en"} onClick={props.turn}>
        {word("otherLanguage")}
      </button>
      {me !== undefined && (
        <button type="button" onClick={() => void signOut()}>
          {word("signOut")}
        </button>
      )}
    </header>
  );
}

function Here({ me }: { me: Me }): ReactNode {
  const { word } = useSpeech();
  const { path, query } = usePlace();
  const [rates, setRates] = useState<readonly RatePoint[]>([]);
  const addRate = useCallback(
    (point: RatePoint) => setRates((before) => extendHistory(before, point)),
    [],
  );
  if (!me.rights.includes("twins:read")) return <p className="notice">{word("forbidden")}</p>;
  const serial = nameIn(path, "devices");
  const at = query.get("at");
  if (serial !== undefined && at !== null) return <PastTwinView serial={serial} at={at} />;
  if (serial !== undefined) return <TwinView key={serial} serial={serial} />;
  if (path === "/devices") return <DevicesView query={query} />;
  if (path === "/planner") return <PlannerView />;
  if (path.startsWith("/changes")) return <Changes path={path} query={query} />;
  return <FleetView me={me} rates={rates} addRate={addRate} />;
}

function Changes({ path, query }: Place): ReactNode {
  const { word } = useSpeech();
  if (!useMay()("changes:read")) return <p className="notice">{word("forbidden")}</p>;
  const id = nameIn(path, "changes");
  if (id === undefined) return <ChangesView />;
  return id === "new" ? <NewChangeView query={query} /> : <ChangeView key={id} id={id} />;
}

/** After a move, reading and the keyboard go on where the new content begins. */
function useArrival(place: string): void {
  const last = useRef(place);
  useEffect(() => {
    if (last.current === place) return;
    last.current = place;
    document.getElementById("content")?.focus({ preventScroll: true });
  }, [place]);
}

const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
