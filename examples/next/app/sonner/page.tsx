import Home from "../page";
import { Providers } from "./providers";

/** The same page, with the notices of sonner. */
export default function SonnerHome() {
  return (
    <Providers>
      <Home />
    </Providers>
  );
}
