import { type ReactNode, Suspense, useEffect, useState } from "react";
import { CrashBoundary } from "../layout/crash-boundary";

interface WhenOpenedProps {
  opened: boolean;
  /** Renders a lazy overlay. */
  children: (opened: boolean) => ReactNode;
}

/**
 * Loads and mounts an overlay when it opens for the first time. A document with many blocks has a hundred overlays, and
 * most of them are never opened.
 */
export function WhenOpened({ opened, children }: WhenOpenedProps) {
  const [wasOpened, setWasOpened] = useState(false);
  if (opened && !wasOpened) setWasOpened(true);
  if (!wasOpened) return null;
  return (
    <CrashBoundary of="part">
      <Suspense fallback={null}>
        <Mounted opened={opened}>{children}</Mounted>
      </Suspense>
    </CrashBoundary>
  );
}

/** An overlay is mounted before it opens. Only then it knows where the focus returns to. */
function Mounted({ opened, children }: WhenOpenedProps) {
  const [isMounted, setIsMounted] = useState(false);
  useEffect(() => setIsMounted(true), []);
  return children(opened && isMounted);
}
