/**
 * The normalised policy of a source at one moment. Arrays are sorted; its canonical JSON is stored as an artefact
 * and named by its SHA-256. In the stored form people appear as `who` pseudonyms, never as addresses.
 *
 * A principal is `user:<who>`, `group:<name>`, `machine:<name>` or `*`; a resource may be `*`.
 */
export interface PolicyDocument {
  readonly resources: readonly PolicyResource[];
  readonly grants: readonly PolicyGrant[];
  readonly approvals: readonly ApprovalRule[];
  readonly masking: readonly MaskingRule[];
  readonly blocking: readonly BlockRule[];
  readonly members: readonly { readonly group: string; readonly identity: string }[];
  readonly signIn: {
    readonly method?: string;
    readonly mfaRequired?: boolean;
    readonly localLogin?: boolean;
  };
}

export interface PolicyResource {
  readonly name: string;
  readonly type: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly owner?: string;
  readonly recording: boolean;
}

export interface PolicyGrant {
  readonly principal: string;
  readonly resource: string;
  readonly roles: readonly string[];
  readonly until: string | null;
}

export interface ApprovalRule {
  readonly rule: string;
  readonly resources: readonly string[];
  readonly kinds: readonly ('one-time' | 'window')[];
  readonly requiredFor: readonly string[];
  readonly reviewers: readonly string[];
  readonly needed: number;
  readonly force: readonly string[];
  readonly skip: readonly string[];
  readonly maxDurationMs?: number;
}

export interface MaskingRule {
  readonly rule: string;
  readonly resources: readonly string[];
  readonly types: readonly string[];
}

export interface BlockRule {
  readonly rule: string;
  readonly resources: readonly string[];
  readonly direction: 'input' | 'output';
  readonly action: 'block' | 'warn';
  readonly words: readonly string[];
  readonly patterns: readonly string[];
  readonly operations: readonly string[];
  /** Forms that cannot be applied again to a stored statement, such as detector entities. */
  readonly entities?: readonly string[];
  readonly caseSensitive: boolean;
}
