import { type RefObject, useEffect, useRef } from "react";

/** A reference to the value of the newest render, for what outlives a render. */
export function useLatest<Value>(value: Value): RefObject<Value> {
  const reference = useRef(value);
  useEffect(() => {
    reference.current = value;
  });
  return reference;
}
