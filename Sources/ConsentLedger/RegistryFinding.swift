public import ConsentModel

/// What is wrong between the log and what is kept of people outside of it.
public struct RegistryFinding: Sendable {
    /// The kind of fault; an open set, so compare with the members it knows.
    public struct Code: Hashable, Sendable {
        /// A stable word for machines.
        public let name: String

        /// The log names a contact, not erased, that the registry does not have: nobody knows who it is, and nothing of it
        /// opens.
        public static let contactMissing = Code(name: "contact-missing")
        /// The registry has a contact that no record names.
        public static let contactWithoutRecord = Code(name: "contact-without-record")
        /// A contact that a record erases is still there.
        public static let erasedAndKept = Code(name: "erased-and-kept")
        /// A contact's address or key does not open, or its tag is that of another address.
        public static let contactUnreadable = Code(name: "contact-unreadable")
        /// Two contacts of one business have the same address.
        public static let sharedAddress = Code(name: "shared-address")
        /// A record commits to private facts that are not there.
        public static let factsMissing = Code(name: "facts-missing")
        /// Private facts do not open, though their contact's key is there.
        public static let factsUnreadable = Code(name: "facts-unreadable")
        /// Private facts are there, and are not those that the record commits to.
        public static let factsDiffer = Code(name: "facts-differ")
        /// A sealed part is of no record, or not where the index has it.
        public static let partOrphaned = Code(name: "part-orphaned")
        /// The content of an attachment is missing, or is not what its record says.
        public static let attachmentDamaged = Code(name: "attachment-damaged")
        /// The content of an attachment is kept of whom no record says that it is: no record has it, or its contact was erased.
        public static let attachmentOrphaned = Code(name: "attachment-orphaned")
        /// A content is not written to its end: it is being written now, or a crash left it.
        public static let attachmentUnfinished = Code(name: "attachment-unfinished")
        /// Something is among the files of sealed parts or the contents of attachments that is none of them.
        public static let fileUnknown = Code(name: "file-unknown")
        /// A contact has no address any more, and no record took it: what it was told, a stop too, binds nobody at its address.
        public static let closedWithoutRecord = Code(name: "closed-without-record")
        /// A contact has its address, which a record took from it: what it was told binds whoever is there now.
        public static let closedAndLive = Code(name: "closed-and-live")
        /// A segment of sealed parts is missing, was cut short, or cannot be gone through to its end.
        public static let partsDamaged = Code(name: "parts-damaged")
        /// A message that is counted cannot be read: whoever it was sent to cannot be asked about.
        public static let useUnreadable = Code(name: "use-unreadable")
        /// A message is counted for another address than it was sent to, and for no contact.
        public static let useOrphaned = Code(name: "use-orphaned")
    }

    public let code: Code
    /// The business; `nil` where that is not known.
    public let business: String?
    /// The contact; `nil` where it is about none.
    public let handle: ContactHandle?
    /// Its address, where that can be read.
    public let contact: ContactAddress?
    /// The records that it concerns, in ascending order.
    public let records: [UInt64]
    /// What is wrong, as a sentence.
    public let sentence: String
}

/// What a check of the registry looked at and found.
public struct RegistryReport: Sendable {
    /// How many contacts are kept, those that are closed and those that wait in the journal included.
    public internal(set) var contacts = 0
    /// How many contacts the log names that were erased.
    public internal(set) var erasedContacts = 0
    /// How many records with private facts were compared with what they commit to.
    public internal(set) var comparedRecords = 0
    /// How many records can no longer be compared as a whole, since a contact of theirs was erased.
    public internal(set) var erasedRecords = 0
    /// How many private facts opened.
    public internal(set) var openedFacts = 0
    /// How many attachments were read and are what their records say.
    public internal(set) var comparedAttachments = 0
    /// What is wrong; none if all holds.
    public internal(set) var findings: [RegistryFinding] = []
}
