import { setNonce } from "get-nonce";

/**
 * The nonce that the Content-Security-Policy allows for `<style>` elements. Mantine and react-remove-scroll create such
 * elements. The browser ignores them without the nonce.
 */
export const styleNonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

setNonce(styleNonce);
