/** The code with which something is refused; an error when it is not. */
export function getErrorCode(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as { code: string }).code;
  }
  throw new Error("it was not refused");
}
