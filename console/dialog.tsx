import { type FormEvent, type ReactNode, useId, useLayoutEffect, useRef } from "react";

import { useSpeech } from "./language.ts";

/**
 * A form over the page, left with Escape or Cancel; the keyboard stays in it, and goes back to where it came from.
 *
 * @param submit called when the form is sent; what it sends is the caller's
 */
export function Dialog(props: {
  title: string;
  action: string;
  busy: boolean;
  close: () => void;
  submit: () => void;
  children: ReactNode;
}): ReactNode {
  const { word } = useSpeech();
  const title = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  // Before the page is drawn again without it: the browser then gives the focus back to whoever had it.
  useLayoutEffect(() => {
    const { current } = dialog;
    current?.showModal();
    return () => current?.close();
  }, []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!props.busy) props.submit();
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby={title}
      onCancel={(event) => {
        event.preventDefault();
        props.close();
      }}
    >
      <form onSubmit={submit} className="stack">
        <h2 id={title}>{props.title}</h2>
        {props.children}
        <div className="row end">
          <button type="button" onClick={props.close}>
            {word("cancel")}
          </button>
          <button type="submit" className="primary" aria-disabled={props.busy}>
            {props.busy ? word("sending") : props.action}
          </button>
        </div>
      </form>
    </dialog>
  );
}
