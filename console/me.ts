/** Whoever is signed in, for everything on the page. */
import { createContext, useContext } from "react";

import type { Me } from "#api/account/contract.ts";

/** Nobody, until somebody is known. */
export const MeContext = createContext<Me | undefined>(undefined);

/** Whether whoever is signed in has a right; what they have not is not shown. */
export function useMay(): (right: Me["rights"][number]) => boolean {
  const me = useContext(MeContext);
  return (right) => me?.rights.includes(right) === true;
}

/** The name of whoever is signed in, as the API writes it where somebody did something. */
export function useOwnName(): string | undefined {
  const me = useContext(MeContext);
  return me && `u:${me.subject}`;
}
