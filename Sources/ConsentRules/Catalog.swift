public import ConsentModel
public import LedgerCrypto

/// What the governance records say: whose keys count, and what each business is, sends and says. Everything remembers the
/// index it holds from and until, so that one catalog answers for every past size of the log.
public struct Catalog: Sendable {
    /// The log's origin.
    public let origin: String
    /// The ledger-id; `nil` until the record that opens the ledger has been applied.
    public private(set) var ledgerID: SHA256Digest?
    /// Whether the ledger is for trying out.
    public private(set) var isTest = false
    /// The longest time a record may wait for a checkpoint, in milliseconds.
    public private(set) var longestUnpublished: UInt64 = 0
    /// The vkeys of the log, in the order they were added.
    public private(set) var logKeys: [LogKey] = []
    /// The admin keys, in the order they were added.
    public private(set) var adminKeys: [AdminKey] = []
    /// The sources by identifier.
    public private(set) var sources: [String: Source] = [:]
    /// The businesses by identifier.
    public private(set) var businesses: [String: Business] = [:]
    /// Records of unknown type that concern the whole ledger, by index.
    public private(set) var unknownRecords: [UInt64] = []
    /// The records of decisions, packs, holds and seals, by index: kept for those who list them.
    public private(set) var otherRecords: [UInt64] = []

    private var sourceOfKey: [[UInt8]: String] = [:]

    /// An empty catalog, for a log of that origin.
    public init(origin: String) {
        self.origin = origin
    }

    /// An index range: from the record that began it, until the one that ended it.
    public struct Window: Hashable, Sendable {
        /// The record that defined it.
        public let from: UInt64
        /// The record that ended it, if one did.
        public fileprivate(set) var until: UInt64?

        /// Whether it holds for a record at `index`, that is, by the records before it.
        public func contains(_ index: UInt64) -> Bool {
            from < index && (until.map { $0 >= index } ?? true)
        }
    }

    /// A key that signs checkpoints.
    public struct LogKey: Hashable, Sendable {
        /// The key as a C2SP vkey.
        public let verifierKey: String
        public fileprivate(set) var window: Window
    }

    /// A key that signs governance.
    public struct AdminKey: Hashable, Sendable {
        public let publicKey: Ed25519PublicKey
        public fileprivate(set) var window: Window
    }

    /// A system that captures events.
    public struct Source: Hashable, Sendable {
        /// Its identifier.
        public let id: String
        /// Its keys, in the order they were authorised.
        public fileprivate(set) var keys: [SourceKey]
    }

    /// A source's key and when it counts.
    public struct SourceKey: Hashable, Sendable {
        public let publicKey: Ed25519PublicKey
        /// The businesses it may speak for; `nil` is all of them.
        public let businesses: [String]?
        /// `ledger` or `external`: who holds the private key.
        public let custody: String
        /// Whether the source showed that it holds the private key.
        public let possessionShown: Bool
        public fileprivate(set) var window: Window
        /// From when on the key may have been in other hands, and the record that says so.
        public fileprivate(set) var compromise: (since: Timestamp, index: UInt64)?

        public static func == (left: Self, right: Self) -> Bool {
            left.publicKey == right.publicKey && left.window == right.window
        }

        public func hash(into hasher: inout Hasher) { hasher.combine(publicKey) }
    }

    /// A legal entity that messages.
    public struct Business: Sendable {
        public let id: String
        /// Its name as people and registers know it.
        public let name: String
        /// Its country (ISO 3166-1), if said.
        public let country: String?
        public let window: Window
        public fileprivate(set) var brands: [String: Brand] = [:]
        public fileprivate(set) var senders: [String: Sender] = [:]
        /// Its categories, the four ready-made ones included.
        public fileprivate(set) var categories: [String: Category]
        /// Its notices in the order they were published.
        public fileprivate(set) var notices: [Notice] = []
        /// Records of unknown type in its chain that concern no contact, by index.
        public fileprivate(set) var unknownRecords: [UInt64] = []
    }

    /// A name people know a business by.
    public struct Brand: Hashable, Sendable {
        public let id: String
        public let name: String
        public let window: Window
    }

    /// A phone-number id, short code or From address.
    public struct Sender: Hashable, Sendable {
        public let id: String
        /// What the platforms call it.
        public let addresses: [String]
        public let channels: [String]
        public let brand: String?
        public let window: Window
    }

    /// What a message is about.
    public struct Category: Hashable, Sendable {
        public let id: String
        /// marketing, utility, authentication or service.
        public let categoryClass: String
        /// Why it may be sent.
        public let basis: String
        public let name: String?
        public fileprivate(set) var window: Window
    }

    /// The words a person was shown, in one language.
    public struct Notice: Hashable, Sendable {
        public let name: String
        public let language: String
        /// SHA-256 of the text.
        public let textDigest: [UInt8]
        public let channels: [String]
        public let categories: [String]
        public let brand: String?
        /// When the ledger recorded it: what shows that the text existed.
        public let recordedAt: Timestamp
        /// For a notice reconstructed afterwards, when it is attested to have been shown; `nil` for a published one.
        public let shown: ShownInterval?
        public fileprivate(set) var window: Window

        /// Whether a grant given at `time` can have been given on these words: not before they were recorded or, for a
        /// reconstructed notice, not outside the attested time.
        public func couldBeShown(at time: Timestamp) -> Bool {
            guard let shown else { return recordedAt <= time }
            return shown.from <= time && shown.until.map { time <= $0 } ?? true
        }
    }

    /// When a reconstructed notice is attested to have been shown.
    public struct ShownInterval: Hashable, Sendable {
        public let from: Timestamp
        public let until: Timestamp?
    }

    /// The classes, which every business has as categories without defining them, and their bases.
    private static let readyMadeCategories = [
        ("authentication", "contract"), ("marketing", "consent"), ("service", "contract"), ("utility", "contract"),
    ]
}

/// Reading.
extension Catalog {
    /// The business of that id as a record at `index` knows it; throws `unknownBusiness`.
    public func business(_ id: String, at index: UInt64) throws(RulesError) -> Business {
        guard let business = businesses[id], business.window.from < index else {
            let known = businesses.keys.sorted().joined(separator: ", ")
            throw RulesError(
                .unknownBusiness,
                "there is no business “\(id)” in this ledger; it has: \(known.isEmpty ? "none" : known)")
        }
        return business
    }

    /// The key that a statement of `payload` must verify under, for a record at `index` about `business`. Throws
    /// `unknownKey`, `unknownSource` or `notAuthorized`. A restriction is accepted from every key the ledger ever
    /// authorised: a stop is never lost for the state of its source.
    public func signingKey(
        for payload: Payload, keyIdentifier: [UInt8], business: String?, index: UInt64
    ) throws(RulesError) -> Ed25519PublicKey {
        switch payload {
        case .event(let event):
            if event.type.signer == .admin || (event.type.signer == .adminOrSource && event.source == nil) {
                return try adminKey(keyIdentifier, event: event, index: index)
            }
            return try sourceKey(
                keyIdentifier, source: event.source ?? "", business: business, index: index,
                anyState: event.type.isRestriction)
        case .unknown(_, _, let source?):
            return try sourceKey(keyIdentifier, source: source, business: business, index: index, anyState: true)
        case .unknown(_, _, nil):
            return try adminKey(keyIdentifier, event: nil, index: index)
        }
    }

    /// The source's key of that identifier, whatever its window.
    public func sourceKey(_ source: String, keyIdentifier: [UInt8]) -> SourceKey? {
        sources[source]?.keys.first { $0.publicKey.keyIdentifier == keyIdentifier }
    }

    private func adminKey(
        _ keyIdentifier: [UInt8], event: Event?, index: UInt64
    ) throws(RulesError) -> Ed25519PublicKey {
        if index == 0, let event, event.type == .ledgerOpened, case .byteStrings(let keys) = event[.adminKeys] {
            // Entry 0 brings its own keys; whoever pins the ledger-id pins them.
            if let key = keys.lazy.compactMap({ Ed25519PublicKey($0) }).first(where: {
                $0.keyIdentifier == keyIdentifier
            }) {
                return key
            }
        }
        guard let key = adminKeys.last(where: { $0.publicKey.keyIdentifier == keyIdentifier }) else {
            throw RulesError(.unknownKey, "governance is signed by an admin key; this ledger has no such admin key")
        }
        guard key.window.contains(index) else {
            throw RulesError(.notAuthorized, "the admin key was not in force at index \(index)")
        }
        return key.publicKey
    }

    private func sourceKey(
        _ keyIdentifier: [UInt8], source: String, business: String?, index: UInt64, anyState: Bool
    ) throws(RulesError) -> Ed25519PublicKey {
        guard let entry = sources[source], entry.keys.contains(where: { $0.window.from < index }) else {
            throw RulesError(.unknownSource, "there is no source “\(source)” at index \(index)")
        }
        let keys = entry.keys.filter { $0.publicKey.keyIdentifier == keyIdentifier && $0.window.from < index }
        guard let key = keys.last else {
            throw RulesError(.unknownKey, "the source “\(source)” has no such key at index \(index)")
        }
        if anyState { return key.publicKey }
        guard key.window.contains(index) else {
            throw RulesError(
                .notAuthorized, "the key of the source “\(source)” was revoked by record \(key.window.until ?? 0)")
        }
        if let allowed = key.businesses, let business, !allowed.contains(business) {
            throw RulesError(.notAuthorized, "the source “\(source)” is not authorised for the business “\(business)”")
        }
        return key.publicKey
    }
}

/// Replaying.
extension Catalog {
    /// Applies a governance record; others change nothing. Throws `misplaced`, `alreadyDefined` or an unknown-something,
    /// and then has changed nothing. `leafHash` is the record's: that of entry 0 becomes the ledger-id.
    public mutating func apply(_ record: Record, _ event: Event, leafHash: SHA256Digest) throws(RulesError) {
        guard (record.index == 0) == (event.type == .ledgerOpened) else {
            throw RulesError(
                .misplaced, "record \(record.index) is \(event.type.name); a ledger is opened by entry 0, once")
        }
        guard event.type.isGovernance else { return }
        let window = Window(from: record.index)
        switch event.type {
        case .ledgerOpened:
            try open(event, leafHash: leafHash)
        case .adminKeyAdded, .adminKeyRetired, .logKeyAdded, .logKeyRetired:
            try changeKeys(event, index: record.index)
        case .sourceAuthorized:
            try authorize(event, window)
        case .sourceRevoked:
            try revoke(event, index: record.index)
        case .businessRegistered:
            try register(event, record.business ?? "", window)
        case .brandDefined, .senderDefined, .categoryDefined, .categoryRetired, .noticePublished, .noticeReconstructed,
            .noticeRetired:
            try changeBusiness(event, record)
        default:
            if let id = record.business { _ = try business(id, at: record.index) }
            otherRecords.append(record.index)
        }
    }

    /// Notes a record of unknown type that is in no contact's chain: it could change any answer it concerns.
    public mutating func applyUnknown(_ record: Record) {
        guard record.handles.isEmpty else { return }
        if let id = record.business, businesses[id] != nil {
            businesses[id]?.unknownRecords.append(record.index)
        } else {
            unknownRecords.append(record.index)
        }
    }

    private mutating func open(_ event: Event, leafHash: SHA256Digest) throws(RulesError) {
        guard event.text(.origin) == origin else {
            throw RulesError(
                .misplaced, "the ledger was opened as “\(event.text(.origin) ?? "")”, and this log is “\(origin)”")
        }
        ledgerID = leafHash
        isTest = event.text(.environment) == "test"
        longestUnpublished = event.number(.longestUnpublished) ?? 0
        // In force for entry 0's successors: a window contains the indexes above its beginning.
        logKeys = (event.texts(.logKeys) ?? []).map { LogKey(verifierKey: $0, window: Window(from: 0)) }
        if case .byteStrings(let keys) = event[.adminKeys] {
            adminKeys = keys.compactMap { Ed25519PublicKey($0) }.map {
                AdminKey(publicKey: $0, window: Window(from: 0))
            }
        }
    }

    private mutating func changeKeys(_ event: Event, index: UInt64) throws(RulesError) {
        let publicKey = event.bytes(.publicKey).flatMap { Ed25519PublicKey($0) }
        let admin = adminKeys.firstIndex { $0.publicKey == publicKey && $0.window.until == nil }
        let log = logKeys.firstIndex { $0.verifierKey == event.text(.logKey) && $0.window.until == nil }
        switch (event.type, publicKey) {
        case (.adminKeyAdded, let key?) where admin == nil:
            adminKeys.append(AdminKey(publicKey: key, window: Window(from: index)))
        case (.adminKeyRetired, _) where admin != nil:
            guard adminKeys.count(where: { $0.window.until == nil }) > 1 else {
                throw RulesError(.misplaced, "the last admin key cannot be retired; add another one first")
            }
            adminKeys[admin!].window.until = index
        case (.logKeyAdded, _) where log == nil:
            logKeys.append(LogKey(verifierKey: event.text(.logKey) ?? "", window: Window(from: index)))
        case (.logKeyRetired, _) where log != nil:
            logKeys[log!].window.until = index
        case (.adminKeyAdded, _), (.logKeyAdded, _):
            throw RulesError(.alreadyDefined, "the key is in force already")
        default:
            throw RulesError(.unknownKey, "the key is not in force, so it cannot be retired")
        }
    }

    private mutating func authorize(_ event: Event, _ window: Window) throws(RulesError) {
        guard let id = event.text(.authorizedSource), let bytes = event.bytes(.publicKey),
            let publicKey = Ed25519PublicKey(bytes)
        else { throw RulesError(.misplaced, "a source is authorised with its identifier and key") }
        let businesses = event.texts(.businesses)
        for id in businesses ?? [] { _ = try business(id, at: window.from) }
        guard sourceOfKey[bytes] == nil, !adminKeys.contains(where: { $0.publicKey == publicKey }) else {
            throw RulesError(
                .alreadyDefined, "that key is already the key of “\(sourceOfKey[bytes] ?? "admin")”; make a new one")
        }
        var possessionShown = false
        if let proof = event.bytes(.proofOfPossession) {
            let message = PossessionProof.message(
                origin: origin, ledgerID: ledgerID?.bytes ?? [], source: id, publicKey: bytes)
            guard publicKey.isValidSignature(proof, for: message) else {
                throw RulesError(.badSignature, "the proof of possession of the source “\(id)” does not verify")
            }
            possessionShown = true
        }
        let key = SourceKey(
            publicKey: publicKey, businesses: businesses, custody: event.text(.custody) ?? "external",
            possessionShown: possessionShown, window: window)
        sources[id, default: Source(id: id, keys: [])].keys.append(key)
        sourceOfKey[bytes] = id
    }

    private mutating func revoke(_ event: Event, index: UInt64) throws(RulesError) {
        let id = event.text(.authorizedSource) ?? ""
        guard var source = sources[id] else {
            throw RulesError(.unknownSource, "there is no source “\(id)” to revoke")
        }
        let named = event.bytes(.publicKey)
        guard named == nil || source.keys.contains(where: { $0.publicKey.bytes == named }) else {
            throw RulesError(.unknownKey, "the source “\(id)” has no such key")
        }
        for position in source.keys.indices where named == nil || source.keys[position].publicKey.bytes == named {
            if source.keys[position].window.until == nil { source.keys[position].window.until = index }
            if let since = event.time(.compromisedSince) {
                let earlier = source.keys[position].compromise
                if earlier.map({ since < $0.since }) ?? true { source.keys[position].compromise = (since, index) }
            }
        }
        sources[id] = source
    }

    private mutating func register(_ event: Event, _ id: String, _ window: Window) throws(RulesError) {
        guard businesses[id] == nil else {
            throw RulesError(.alreadyDefined, "the business “\(id)” is registered already; choose another id")
        }
        let categories = Self.readyMadeCategories.map { name, basis in
            (name, Category(id: name, categoryClass: name, basis: basis, name: nil, window: window))
        }
        businesses[id] = Business(
            id: id, name: event.text(.name) ?? "", country: event.text(.country), window: window,
            categories: Dictionary(uniqueKeysWithValues: categories))
    }

    private mutating func changeBusiness(_ event: Event, _ record: Record) throws(RulesError) {
        var business = try business(record.business ?? "", at: record.index)
        let window = Window(from: record.index)
        if let brand = event.text(.brand), event.type != .brandDefined, business.brands[brand] == nil {
            throw RulesError(.unknownBrand, "the business “\(business.id)” has no brand “\(brand)”; add it first")
        }
        switch event.type {
        case .brandDefined:
            let id = event.text(.brand) ?? ""
            try Self.define(&business.brands, id, Brand(id: id, name: event.text(.name) ?? "", window: window))
        case .senderDefined:
            let id = event.text(.sender) ?? ""
            let sender = Sender(
                id: id, addresses: event.texts(.addresses) ?? [], channels: event.channels ?? [],
                brand: event.text(.brand), window: window)
            try Self.define(&business.senders, id, sender)
        case .categoryDefined:
            let id = event.text(.category) ?? ""
            let category = Category(
                id: id, categoryClass: event.text(.categoryClass) ?? "", basis: event.text(.basis) ?? "",
                name: event.text(.name), window: window)
            try Self.define(&business.categories, id, category)
        case .categoryRetired:
            let id = event.text(.category) ?? ""
            guard let category = business.categories[id], category.window.until == nil else {
                throw RulesError(.unknownCategory, "the business “\(business.id)” has no category “\(id)” to retire")
            }
            business.categories[id]!.window.until = record.index
        case .noticePublished, .noticeReconstructed:
            try Self.publish(event, record, &business)
        default:
            try Self.retireNotice(event, record, &business)
        }
        businesses[business.id] = business
    }

    private static func define<Value>(
        _ table: inout [String: Value], _ id: String, _ value: Value
    ) throws(RulesError) {
        guard table[id] == nil else {
            throw RulesError(.alreadyDefined, "“\(id)” is defined already; choose another id")
        }
        table[id] = value
    }

    private static func publish(_ event: Event, _ record: Record, _ business: inout Business) throws(RulesError) {
        let name = event.text(.noticeName) ?? ""
        let digest = event.bytes(.textDigest) ?? []
        let categories = event.categories ?? []
        for id in categories where business.categories[id]?.window.contains(record.index) != true {
            throw RulesError(.unknownCategory, "the business “\(business.id)” has no category “\(id)”; add it first")
        }
        guard
            !business.notices.contains(where: { $0.name == name && $0.textDigest == digest && $0.window.until == nil })
        else { throw RulesError(.alreadyDefined, "the notice “\(name)” is published with exactly that text already") }
        let shown = event.time(.shownFrom).map { ShownInterval(from: $0, until: event.time(.shownUntil)) }
        if let shown, let until = shown.until, until < shown.from {
            throw RulesError(
                .misplaced, "the notice “\(name)” is said to have been shown until before it was first shown")
        }
        business.notices.append(
            Notice(
                name: name, language: event.text(.language) ?? "", textDigest: digest, channels: event.channels ?? [],
                categories: categories, brand: event.text(.brand), recordedAt: record.recordedAt, shown: shown,
                window: Window(from: record.index)))
    }

    private static func retireNotice(_ event: Event, _ record: Record, _ business: inout Business) throws(RulesError) {
        let name = event.text(.noticeName) ?? ""
        let digest = event.bytes(.textDigest)
        let matching = business.notices.indices.filter {
            let notice = business.notices[$0]
            return notice.name == name && notice.window.until == nil && (digest == nil || notice.textDigest == digest)
        }
        guard !matching.isEmpty else {
            throw RulesError(.unknownNotice, "the business “\(business.id)” shows no notice “\(name)” to retire")
        }
        for position in matching { business.notices[position].window.until = record.index }
    }
}
