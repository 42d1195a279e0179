/** The pages: who one is, where one is, and what is shown there. */
import { type ReactNode, StrictMode, useEffect, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";

import type { Me } from "#api/account/contract.ts";

import { get, signOut } from "./client.ts";
import { firstLanguage, keepLanguage, speak, SpeechContext, useSpeech } from "./language.ts";
import { Link } from "./link.tsx";
import { usePlace } from "./route.ts";
import { DevicesView } from "./views/devices.tsx";
import { FleetView } from "./views/fleet.tsx";
import { SignInView } from "./views/sign-in.tsx";
import { TwinView } from "./views/twin.tsx";

type Session =
  { readonly kind: "asking" } | { readonly kind: "out" } | { readonly kind: "in"; readonly me: Me };

function App(): ReactNode {
  const [language, setLanguage] = useState(firstLanguage);
  const [session, setSession] = useState<Session>({ kind: "asking" });
  const speech = useMemo(() => speak(language), [language]);
  const ask = (): void => {
    void get<Me>("/v1/me").then((answer) =>
      setSession(answer.kind === "ok" ? { kind: "in", me: answer.body } : { kind: "out" }),
    );
  };
  useEffect(ask, []);
  useEffect(() => keepLanguage(language), [language]);
  const leave = (): void => {
    void signOut().then(() => setSession({ kind: "out" }));
  };
  return (
    <SpeechContext value={speech}>
      <a className="skip" href="#content">
        {speech.word("skip")}
      </a>
      <Top
        me={session.kind === "in" ? session.me : undefined}
        leave={leave}
        turn={() => setLanguage(language === "en" ? "fr" : "en")}
      />
      <main id="content" tabIndex={-1}>
        {session.kind === "out" && <SignInView done={ask} />}
        {session.kind === "in" && <Here me={session.me} />}
      </main>
    </SpeechContext>
  );
}

function Top(props: { me: Me | undefined; leave: () => void; turn: () => void }): ReactNode {
  const { word } = useSpeech();
  const { path } = usePlace();
  const onDevices = path.startsWith("/devices");
  return (
    <header className="top">
      <strong>Vigie</strong>
      <nav aria-label="Vigie">
        {props.me !== undefined && (
          <>
            <Link href="/" current={!onDevices}>
              {word("fleet")}
            </Link>
            <Link href="/devices" current={onDevices}>
              {word("devices")}
            </Link>
          </>
        )}
      </nav>
      {props.me !== undefined && (
        <span className="soft small">
          {props.me.role} · {props.me.tenant}
        </span>
      )}
      <button type="button" onClick={props.turn}>
        {word("language")}
      </button>
      {props.me !== undefined && (
        <button type="button" onClick={props.leave}>
          {word("signOut")}
        </button>
      )}
    </header>
  );
}

function Here({ me }: { me: Me }): ReactNode {
  const { word } = useSpeech();
  const { path, query } = usePlace();
  if (!me.rights.includes("twins:read")) return <p className="notice">{word("forbidden")}</p>;
  const [, serial] = /^\/devices\/([^/]+)$/.exec(path) ?? [];
  if (serial !== undefined) return <TwinView key={serial} serial={decodeURIComponent(serial)} />;
  if (path === "/devices") return <DevicesView query={query} />;
  return <FleetView me={me} />;
}

const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
