public import LedgerCrypto

/// A chain that records are linked into.
public enum Chain: Hashable, Sendable, Comparable {
    /// Governance: what the ledger and its businesses are.
    case ledger
    /// Everything about one business.
    case business(String)
    /// Everything about one contact.
    case contact(ContactHandle)

    /// The kind's number in a link.
    public var kind: UInt64 {
        switch self {
        case .ledger: 0
        case .business: 1
        case .contact: 2
        }
    }

    /// The identity in a link: empty, the business's identifier as UTF-8, or the handle's 16 bytes.
    public var identity: [UInt8] {
        switch self {
        case .ledger: []
        case .business(let id): Array(id.utf8)
        case .contact(let handle): handle.bytes
        }
    }

    init(kind: UInt64, identity: ArraySlice<UInt8>) throws(ModelError) {
        switch kind {
        case 0:
            guard identity.isEmpty else { throw ModelError(.form, "a ledger link's identity is not empty") }
            self = .ledger
        case 1:
            let id = String(decoding: identity, as: UTF8.self)
            guard FieldKind.isIdentifier(id) else {
                throw ModelError(.form, "a business link's identity is not an identifier")
            }
            self = .business(id)
        case 2:
            guard let handle = ContactHandle(identity) else {
                throw ModelError(.form, "a contact link's identity is not 16 bytes")
            }
            self = .contact(handle)
        default: throw ModelError(.form, "there is no chain of kind \(kind)")
        }
    }

    /// Orders by kind, then by the bytes of the identity: the order of links in a record.
    public static func < (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.business(let left), .business(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.contact(let left), .contact(let right)): left < right
        default: left.kind < right.kind
        }
    }
}

/// A record's place in a chain, and the record before it there.
public struct ChainLink: Hashable, Sendable {
    /// The chain.
    public let chain: Chain
    /// The record's position in the chain, from 0.
    public let sequence: UInt64
    /// The index of the chain's previous record; 0 for the first.
    public let previousIndex: UInt64
    /// The leaf hash of the chain's previous record; 32 zero bytes for the first.
    public let previousLeafHash: SHA256Digest

    /// The first link of a chain.
    public init(beginning chain: Chain) {
        self.init(chain: chain, sequence: 0, previousIndex: 0, previousLeafHash: .zero)
    }

    /// A link to the record before it.
    public init(chain: Chain, sequence: UInt64, previousIndex: UInt64, previousLeafHash: SHA256Digest) {
        self.chain = chain
        self.sequence = sequence
        self.previousIndex = previousIndex
        self.previousLeafHash = previousLeafHash
    }
}

/// One entry of the log: a statement in its place in the chains (DESIGN §5). Its encoding is the Merkle leaf.
public struct Record: Hashable, Sendable {
    /// The version this software writes and the only one it reads.
    public static let version: UInt64 = 1
    /// A record's largest encoding, in bytes: what an entry bundle can hold (C2SP tlog-tiles).
    public static let mostBytes = 65_535
    /// The most links a record can have.
    public static let mostLinks = 4

    /// The entry's index in the log.
    public let index: UInt64
    /// When the ledger sequenced it; never earlier than the record before it.
    public let recordedAt: Timestamp
    /// One to four links, in ascending order of their chains, each chain once; at most one of a business.
    public let links: [ChainLink]
    /// The statement's encoding.
    public let statement: [UInt8]

    /// Makes a record; throws `form` if the links are not one to four in ascending order with at most one business, or
    /// one is not before `index`, and `tooLarge` if the statement is larger than any can be.
    public init(
        index: UInt64, recordedAt: Timestamp, links: [ChainLink], statement: [UInt8]
    ) throws(ModelError) {
        guard statement.count <= Statement.mostBytes else {
            throw ModelError(
                .tooLarge, "a statement of \(statement.count) bytes; at most \(Statement.mostBytes) are allowed")
        }
        guard 1...Self.mostLinks ~= links.count, zip(links, links.dropFirst()).allSatisfy({ $0.chain < $1.chain })
        else {
            throw ModelError(.form, "a record has one to four links in ascending order of their chains")
        }
        // The signature covers one business, so a second would be a claim that nobody signed.
        guard links.count(where: { $0.chain.kind == 1 }) <= 1 else {
            throw ModelError(.form, "a record is in the chain of at most one business")
        }
        for link in links {
            let isFirst = link.previousIndex == 0 && link.previousLeafHash == .zero
            guard link.sequence == 0 ? isFirst : link.previousIndex < index else {
                throw ModelError(.form, "a link does not point to an earlier record of its chain")
            }
        }
        self.index = index
        self.recordedAt = recordedAt
        self.links = links
        self.statement = statement
    }

    /// Decodes strictly; an unknown version is `unknownRecordVersion`, and nothing more is read of it.
    public init(decoding bytes: ArraySlice<UInt8>) throws(ModelError) {
        guard bytes.count <= Self.mostBytes else {
            throw ModelError(.tooLarge, "a record of \(bytes.count) bytes; at most \(Self.mostBytes) are allowed")
        }
        var decoder = CBORDecoder(bytes)
        let parts = try decoder.array(most: 64)
        let version = try decoder.unsigned()
        guard version == Self.version else {
            throw ModelError(
                .unknownRecordVersion,
                "a record of version \(version); this software knows version \(Self.version): update it")
        }
        guard parts == 5 else { throw ModelError(.form, "a record has five parts, not \(parts)") }
        let index = try decoder.unsigned()
        guard let recordedAt = Timestamp(milliseconds: try decoder.unsigned()) else {
            throw ModelError(.badValue, "recorded-at lies after the year 9999")
        }
        let linkCount = try decoder.array(most: Self.mostLinks)
        var links: [ChainLink] = []
        links.reserveCapacity(linkCount)
        for _ in 0..<linkCount { links.append(try decoder.link()) }
        let statement = Array(try decoder.byteString())
        try decoder.end()
        try self.init(index: index, recordedAt: recordedAt, links: links, statement: statement)
    }

    /// The record's bytes: the entry in the log.
    public func encoded() -> [UInt8] {
        var encoder = CBOREncoder(reservingCapacity: statement.count + 192)
        encoder.array(count: 5)
        encoder.unsigned(Self.version)
        encoder.unsigned(index)
        encoder.unsigned(recordedAt.milliseconds)
        encoder.array(count: links.count)
        for link in links {
            encoder.array(count: 5)
            encoder.unsigned(link.chain.kind)
            encoder.byteString(link.chain.identity)
            encoder.unsigned(link.sequence)
            encoder.unsigned(link.previousIndex)
            encoder.byteString(link.previousLeafHash)
        }
        encoder.byteString(statement)
        return encoder.bytes
    }

    /// The business whose chain the record is in; `nil` if in none.
    public var business: String? {
        for case .business(let id) in links.lazy.map(\.chain) { return id }
        return nil
    }

    /// The contacts whose chains the record is in, in ascending order.
    public var handles: [ContactHandle] {
        links.compactMap { if case .contact(let handle) = $0.chain { handle } else { nil } }
    }

    /// What the record's statement is bound to, in the ledger of that origin and id.
    public func statementContext(origin: String, ledgerID: SHA256Digest) -> StatementContext {
        StatementContext(
            origin: origin, ledgerID: index == 0 ? [] : ledgerID.bytes, business: business ?? "", handles: handles)
    }

    /// Whether the links are those that events of `type` have.
    public func isLinked(as type: EventType) -> Bool {
        let pattern = type.chains
        let inLedger = links.contains { $0.chain == .ledger }
        let businessFits =
            switch pattern.business {
            case .never: business == nil
            case .optional: true
            case .always: business != nil
            }
        return inLedger == pattern.ledger && businessFits && pattern.contacts ~= handles.count
    }
}

extension CBORDecoder {
    fileprivate mutating func link() throws(ModelError) -> ChainLink {
        try exactArray(5)
        let chain = try Chain(kind: try unsigned(), identity: try byteString())
        let sequence = try unsigned()
        let previousIndex = try unsigned()
        guard let hash = SHA256Digest(try byteString()) else {
            throw ModelError(.form, "a link's leaf hash is not 32 bytes")
        }
        return ChainLink(chain: chain, sequence: sequence, previousIndex: previousIndex, previousLeafHash: hash)
    }
}
