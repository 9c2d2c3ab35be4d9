import type { ButtonHTMLAttributes, MouseEvent, ReactElement } from "react";
import { Icon, type IconName } from "./icon.tsx";
import "./button.css";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: "plain" | "primary" | "danger" | "quiet";
  icon?: IconName | undefined;
  isBusy?: boolean;
}

/** Neither the action nor, of a form, its sending. */
function doNothing(event: MouseEvent<HTMLButtonElement>): void {
  event.preventDefault();
}

/** A button. While it is busy it keeps its size and the focus, and pressing it again does nothing. */
export function Button({ variant = "plain", icon, isBusy = false, children, ...rest }: ButtonProps): ReactElement {
  return (
    <button
      type="button"
      {...rest}
      className={`button button-${variant} ${children === undefined ? "button-square" : ""} ${rest.className ?? ""}`}
      onClick={isBusy ? doNothing : rest.onClick}
      aria-disabled={isBusy || undefined}
      aria-busy={isBusy || undefined}
    >
      {icon === undefined ? null : <Icon name={icon} size={14} />}
      {children === undefined ? null : <span>{children}</span>}
    </button>
  );
}
