/** How a coordinator seems to be. Nothing is decided by it but what people and clients are told. */
export interface Member {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly state: 'alive' | 'suspect' | 'dead' | 'left';
}

export type MemberChangeType = 'joined' | 'suspected' | 'alive' | 'dead' | 'left';

/** Who seems alive among the coordinators, this one included. */
export interface MemberDirectory {
  members(): readonly Member[];
  /** @returns what ends it. */
  watch(listener: (type: MemberChangeType, member: Member) => void): () => void;
}
