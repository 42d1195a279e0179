import { type FormEvent, type ReactNode, useState } from "react";

import { Notice } from "../badges.tsx";
import { type Problem, signIn } from "../client.ts";
import { useSpeech } from "../language.ts";
import { useTitle } from "../route.ts";

/** What is answered to a token that is none, or none any more. */
const refusals: ReadonlySet<number | undefined> = new Set([401, 422]);

/** Takes a token and gives it to the server, which keeps it in a cookie that no script can read. */
export function SignInView(props: { done: () => void }): ReactNode {
  const { word } = useSpeech();
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<Problem>();
  useTitle(word("signIn"));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void signIn(token.trim()).then((answer) => {
      if (answer.kind === "ok") props.done();
      else setProblem(answer);
    });
  };
  return (
    <form className="card sign-in" onSubmit={submit}>
      <h1>{word("signIn")}</h1>
      <div className="field">
        <label htmlFor="token">{word("token")}</label>
        <input
          id="token"
          type="password"
          value={token}
          required
          autoComplete="off"
          spellCheck={false}
          aria-invalid={problem !== undefined}
          aria-describedby="token-help"
          onChange={(event) => setToken(event.target.value)}
        />
      </div>
      <p id="token-help" className="soft small">
        {word("tokenHelp")}
      </p>
      {refusals.has(problem?.status) ? (
        <p role="alert" className="notice">
          {word("tokenWrong")}
        </p>
      ) : (
        <Notice problem={problem} at={0} />
      )}
      <button type="submit" className="primary">
        {word("signIn")}
      </button>
    </form>
  );
}
