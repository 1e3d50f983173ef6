/** That somebody took evidence out of annexa. Written to the log before anything is sent. */
export type Reading =
  | { readonly kind: 'packet.read'; readonly packet: string; readonly by: string }
  | {
      readonly kind: 'recording.viewed';
      readonly session: string;
      readonly sha256: string;
      readonly by: string;
    };
