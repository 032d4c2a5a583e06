/// What ConsentLedger throws of its own; errors of the model, the rules, a contact address or the storage pass through as
/// they are. Equal when the codes are equal.
public struct LedgerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of failure; an open set, so compare with the members it knows.
    public struct Code: Hashable, Sendable {
        /// A stable word for machines.
        public let name: String

        public init(name: String) { self.name = name }

        /// There is no ledger where one was looked for.
        public static let noLedger = Code(name: "no-ledger")
        /// There is a ledger where one was to be made.
        public static let ledgerExists = Code(name: "ledger-exists")
        /// A ledger whose making was interrupted, or of which a part is missing.
        public static let incomplete = Code(name: "incomplete-ledger")
        /// A ledger or a file in it that a later version of this software wrote.
        public static let laterVersion = Code(name: "later-version")
        /// A key file that is malformed or another ledger's.
        public static let badKey = Code(name: "bad-key")
        /// A key that is needed and is not here; its holder's role has it.
        public static let missingKey = Code(name: "missing-key")
        /// A key file that others than its owner can read.
        public static let exposedKey = Code(name: "exposed-key")
        /// A key file that is to be replaced and cannot be.
        public static let unwritableKey = Code(name: "unwritable-key")
        /// A passphrase is needed, and there is nobody to ask for it.
        public static let noPassphrase = Code(name: "no-passphrase")
        /// A passphrase that does not open a key file.
        public static let badPassphrase = Code(name: "bad-passphrase")
        /// An index or registry that belongs to another ledger.
        public static let foreign = Code(name: "foreign")
        /// An index or registry that SQLite cannot read.
        public static let unreadableDatabase = Code(name: "unreadable-database")
        /// What is stored contradicts itself.
        public static let damaged = Code(name: "damaged-ledger")
        /// The same event id again, with other content.
        public static let conflictingDuplicate = Code(name: "conflicting-duplicate")
        /// Something that must be named and is not, or is named by more than one.
        public static let ambiguous = Code(name: "ambiguous")
        /// An event that cannot be what it is said to be.
        public static let badEvent = Code(name: "bad-event")
        /// A content that changed while it was read.
        public static let contentChanged = Code(name: "content-changed")
        /// The clock jumped; someone must confirm it.
        public static let clockJumped = Code(name: "clock-jumped")
        /// An earlier failure left it unknown what is stored; open the ledger again.
        public static let outcomeUnknown = Code(name: "outcome-unknown")
        /// The person asked to be forgotten; only they themselves come back, not a file.
        public static let suppressed = Code(name: "suppressed")
        /// A legal hold forbids to erase.
        public static let held = Code(name: "held")
        /// The person asked to be erased, and what is kept of them until then is for the legal role alone.
        public static let shut = Code(name: "shut")
        /// A log that is followed does not serve a file that its checkpoint needs.
        public static let notServed = Code(name: "not-served")
        /// A log that is followed serves a file that is not what its checkpoint, or its name, says.
        public static let servedWrong = Code(name: "served-wrong")
        /// Input that is not what its format says.
        public static let badInput = Code(name: "bad-input")
    }

    public let code: Code
    /// A sentence: what was wrong, where, and what to do.
    public let description: String

    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
