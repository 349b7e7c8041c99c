/**
 * What XML-RPC can carry. base64 is decoded as UTF-8 text, as in supervisord; dates stay text,
 * having no time zone. Structs have no prototype.
 */
export type RpcValue = string | number | boolean | null | readonly RpcValue[] | RpcStruct;

/** A struct: values by name. */
export interface RpcStruct {
  readonly [name: string]: RpcValue;
}

/** How deep values may be nested, in either direction. supervisord's own replies need 4. */
export const MAX_DEPTH = 32;
