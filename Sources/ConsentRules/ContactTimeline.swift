public import ConsentModel

/// What the log says about one contact, in the order of the log: the input of a decision.
public struct ContactTimeline: Sendable {
    /// One record of the contact's chain.
    public struct Entry: Hashable, Sendable {
        /// The record's index.
        public let index: UInt64
        /// When the ledger recorded it.
        public let recordedAt: Timestamp
        /// The key that signed the statement.
        public let keyIdentifier: [UInt8]
        /// What it says.
        public let payload: Payload

        public init(index: UInt64, recordedAt: Timestamp, keyIdentifier: [UInt8], payload: Payload) {
            self.index = index
            self.recordedAt = recordedAt
            self.keyIdentifier = keyIdentifier
            self.payload = payload
        }
    }

    /// The contact.
    public let handle: ContactHandle
    /// The records, in ascending order of their index.
    public let entries: [Entry]

    public init(handle: ContactHandle, entries: [Entry]) {
        self.handle = handle
        self.entries = entries
    }
}
