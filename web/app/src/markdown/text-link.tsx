import type { ReactNode } from "react";
import { hostOf } from "../components/safe-url";
import classes from "./markdown.module.css";

interface TextLinkProps {
  href: string | undefined;
  /** The words of the link. */
  words: string;
  children: ReactNode;
}

/** A link with the host to which it leads, unless its words are that address. Without an address it is text. */
export function TextLink({ href, words, children }: TextLinkProps) {
  if (!href) return <span>{children}</span>;
  const host = hostOf(href);
  // In `https://one.example@two.example/` the host is the second one.
  const isNamed = words === host || (!words.includes("@") && (hostOf(words) ?? hostOf(`https://${words}`)) === host);
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      <bdi>{children}</bdi>
      {!isNamed && <bdi className={classes.host}> ({host})</bdi>}
    </a>
  );
}
