import { useEffect, useState } from 'react';
import { type Client, type ConnectOptions, connect } from 'zaqar-web';

/** A client for as long as the component is there. It is made anew when `options` is another object. */
export function useClient(options: ConnectOptions): { client?: Client; error?: Error } {
  const [result, setResult] = useState<{ client?: Client; error?: Error }>({});
  useEffect(() => {
    // It closes a client that is there as well as one that is still connecting.
    const leave = new AbortController();
    const settle = (settled: typeof result) => leave.signal.aborted || setResult(settled);
    connect({ ...options, signal: leave.signal }).then(client => settle({ client }), error => settle({ error }));
    return () => {
      leave.abort();
      setResult({});
    };
  }, [options]);
  return result;
}
