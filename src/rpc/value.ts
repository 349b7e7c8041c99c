/**
 * What XML-RPC can carry, as this program holds it. base64 is decoded as UTF-8 text (as supervisord does) and
 * dateTime.iso8601 stays text, because it has no time zone. Structs have no prototype, so every name is only a name.
 */
export type RpcValue = string | number | boolean | null | readonly RpcValue[] | RpcStruct;

/** A struct: values by name. */
export interface RpcStruct {
  readonly [name: string]: RpcValue;
}

/** How deep values may be nested, in either direction. supervisord's own replies need 4. */
export const MAX_DEPTH = 32;
