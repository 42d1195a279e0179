import { type FormEvent, type ReactNode, useState } from "react";

import { signIn } from "../client.ts";
import { useSpeech } from "../language.ts";

/** Takes a token and gives it to the server, which keeps it in a cookie that no script can read. */
export function SignInView(props: { done: () => void }): ReactNode {
  const { word } = useSpeech();
  const [token, setToken] = useState("");
  const [wrong, setWrong] = useState(false);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void signIn(token.trim()).then((answer) => {
      setWrong(answer.kind === "problem");
      if (answer.kind === "ok") props.done();
    });
  };
  return (
    <form className="card sign-in" onSubmit={submit}>
      <h1>{word("signIn")}</h1>
      <p>
        <label htmlFor="token">{word("token")}</label>
        <textarea
          id="token"
          rows={5}
          value={token}
          required
          spellCheck={false}
          aria-describedby="token-help"
          onChange={(event) => setToken(event.target.value)}
        />
      </p>
      <p id="token-help" className="soft small">
        {word("tokenHelp")}
      </p>
      {wrong && (
        <p role="alert" className="notice">
          {word("tokenWrong")}
        </p>
      )}
      <button type="submit" className="primary">
        {word("signIn")}
      </button>
    </form>
  );
}
