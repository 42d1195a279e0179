/**
 * Who people are to the system.
 *
 * @source DESIGN access; catalogue annex 3
 */

/** Every role. */
export const roles = [
  "fleet",
  "support",
  "doctor",
  "nurse",
  "patient",
  "relative",
  "admin",
] as const;
export type Role = (typeof roles)[number];

/** Whether `text` names a role. */
export function isRole(text: unknown): text is Role {
  return roles.some((role) => role === text);
}
