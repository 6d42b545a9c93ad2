import { Center, Loader } from "@mantine/core";
import { Suspense, useEffect, useRef } from "react";
import { Outlet, useLocation } from "react-router";
import { CrashBoundary } from "./crash-boundary";
import { Header } from "./header";
import { OfflineNotice } from "./offline-notice";
import classes from "./shell.module.css";

/** The frame of every page: skip link, header, offline notice and main content. */
export function Shell() {
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const shown = useRef(pathname);

  // A new page starts at the top. The focus moves too, for users of a keyboard or a screen reader.
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [pathname]);

  return (
    <>
      <a href="#content" className={classes.skip}>
        Skip to content
      </a>
      <Header />
      <OfflineNotice />
      <main ref={main} id="content" tabIndex={-1} className={classes.main}>
        <CrashBoundary key={pathname} of="page">
          <Suspense
            fallback={
              <Center py="xl">
                <Loader aria-label="Loading the page" />
              </Center>
            }
          >
            <Outlet />
          </Suspense>
        </CrashBoundary>
      </main>
    </>
  );
}
