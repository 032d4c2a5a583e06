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
    /// The adoptions of rule packs, in the order they were recorded.
    public private(set) var adoptions: [PackAdoption] = []
    /// The legal holds, in the order they were recorded, those that ended too.
    public private(set) var holds: [Hold] = []
    /// The records of decisions, packs, holds and seals, by index: kept for those who list them.
    public private(set) var otherRecords: [UInt64] = []

    private var sourceOfKey: [[UInt8]: String] = [:]
    /// What was said of keys that may have been in other hands, by key identifier.
    private var compromises: [[UInt8]: [Compromise]] = [:]
    /// The ids that governance events have used, and the first record of each.
    private var governanceIDs: [EventID: UInt64] = [:]
    /// When each governance record was recorded, in ascending order of both.
    private var recordTimes: [(index: UInt64, recordedAt: Timestamp)] = []

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
        /// When it counts.
        public fileprivate(set) var window: Window
    }

    /// A key that signs governance.
    public struct AdminKey: Hashable, Sendable {
        /// The key.
        public let publicKey: Ed25519PublicKey
        /// When it counts.
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
        /// The key.
        public let publicKey: Ed25519PublicKey
        /// The businesses it may speak for; `nil` is all of them.
        public fileprivate(set) var businesses: [String]?
        /// `ledger` or `external`: who holds the private key.
        public let custody: String
        /// Whether the source showed that it holds the private key.
        public let possessionShown: Bool
        /// When it counts.
        public fileprivate(set) var window: Window
        /// From when on the key may have been in other hands; of several such records, the one that says the earliest.
        public fileprivate(set) var compromise: Compromise?

        /// The key as it is told to somebody who may know of some businesses alone: of its businesses it has those for which
        /// `mayKnow` is true. `nil` where it speaks for others alone.
        public func limited(to mayKnow: (String) -> Bool) -> SourceKey? {
            guard let businesses, !businesses.allSatisfy(mayKnow) else { return self }
            let known = businesses.filter(mayKnow)
            guard !known.isEmpty else { return nil }
            var key = self
            key.businesses = known
            return key
        }
    }

    /// That a key may have been in other hands.
    public struct Compromise: Hashable, Sendable {
        /// From when on.
        public let since: Timestamp
        /// The record that says so.
        public let index: UInt64
    }

    /// A legal entity that messages.
    public struct Business: Sendable {
        /// Its identifier.
        public let id: String
        /// Its name as people and registers know it.
        public let name: String
        /// Its country (ISO 3166-1), if said.
        public let country: String?
        /// From when on it is registered.
        public let window: Window
        /// Its brands by identifier.
        public fileprivate(set) var brands: [String: Brand] = [:]
        /// Its senders by identifier.
        public fileprivate(set) var senders: [String: Sender] = [:]
        /// Its categories, the four ready-made ones included.
        public fileprivate(set) var categories: [String: Category]
        /// Its notices in the order they were published.
        public fileprivate(set) var notices: [Notice] = []
        /// What is said of the templates of platforms, by their names.
        public fileprivate(set) var templates: [String: Template] = [:]
        /// Records of unknown type in its chain that concern no contact, by index.
        public fileprivate(set) var unknownRecords: [UInt64] = []

        /// The channels that its notices and senders name, in ascending order.
        public var channels: [String] {
            Set(notices.flatMap(\.channels) + senders.values.flatMap(\.channels)).sorted()
        }

        /// The notice that an opt-in recorded at `index` and given at `time` names. The same words can be there more than
        /// once, published and reconstructed: then it is one that could be shown at that time if there is any, sooner a
        /// published than a reconstructed one, else the last.
        public func notice(
            _ reference: NoticeReference, shownAt time: Timestamp, before index: UInt64
        ) -> Notice? {
            var (fitting, last): (Notice?, Notice?)
            for notice in notices
            where notice.window.from < index && notice.name == reference.name
                && notice.textDigest == reference.textDigest
            {
                last = notice
                guard notice.couldBeShown(at: time) else { continue }
                if notice.shown == nil { return notice }
                if fitting == nil { fitting = notice }
            }
            return fitting ?? last
        }
    }

    /// A name people know a business by.
    public struct Brand: Hashable, Sendable {
        /// Its identifier.
        public let id: String
        /// The name people know.
        public let name: String
        /// From when on it is defined.
        public let window: Window
    }

    /// A phone-number id, short code or From address.
    public struct Sender: Hashable, Sendable {
        /// Its identifier.
        public let id: String
        /// What the platforms call it.
        public let addresses: [String]
        /// The channels it sends by.
        public let channels: [String]
        /// The brand it sends for, if one.
        public let brand: String?
        /// From when on it is defined.
        public let window: Window
    }

    /// What a message is about.
    public struct Category: Hashable, Sendable {
        /// Its identifier.
        public let id: String
        /// marketing, utility, authentication or service.
        public let categoryClass: String
        /// Why it may be sent.
        public let basis: String
        /// What people read, if it has a name of its own.
        public let name: String?
        /// From when on it is defined, until when it is sent.
        public fileprivate(set) var window: Window
    }

    /// The words a person was shown, in one language.
    public struct Notice: Hashable, Sendable {
        /// The business's word for it; its versions and languages share it.
        public let name: String
        /// The language it is written in (BCP 47).
        public let language: String
        /// SHA-256 of the text.
        public let textDigest: [UInt8]
        /// The channels it speaks of.
        public let channels: [String]
        /// The categories it speaks of.
        public let categories: [String]
        /// The brand it was shown for, if one.
        public let brand: String?
        /// When the ledger recorded it: what shows that the text existed.
        public let recordedAt: Timestamp
        /// For a notice reconstructed afterwards, when it is attested to have been shown; `nil` for a published one.
        public let shown: ShownInterval?
        /// From when on it is recorded, until when it is in use.
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
        /// The first moment.
        public let from: Timestamp
        /// The last moment; `nil` is until now.
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
            if let later = businesses[id] {
                throw RulesError(
                    .unknownBusiness,
                    "the business “\(id)” is registered by record \(later.window.from), which is not among those that may "
                        + "be known here; ask by what is recorded later")
            }
            let known = businesses.values.filter { $0.window.from < index }.map(\.id).sorted().joined(separator: ", ")
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
            let known = keys.compactMap { Ed25519PublicKey($0) }
            if let key = known.first(where: { $0.keyIdentifier == keyIdentifier }) { return key }
        }
        // A key that was retired and added again has a window for each time.
        let windows = adminKeys.filter { $0.publicKey.keyIdentifier == keyIdentifier }
        guard !windows.isEmpty else {
            throw RulesError(.unknownKey, "governance is signed by an admin key; this ledger has no such admin key")
        }
        guard let key = windows.first(where: { $0.window.contains(index) }) else {
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

/// What may be known when.
extension Catalog {
    /// How many records may be known, as far as the catalog can tell: exact for the records that are in it.
    func size(knownAt: KnownAt) -> UInt64 {
        switch knownAt {
        case .everything: .max
        case .size(let size): size
        case .time(let time): firstRecord { $0.recordedAt > time }?.index ?? .max
        }
    }

    /// When the governance record at `index` was recorded.
    func recordedAt(_ index: UInt64) -> Timestamp? {
        firstRecord { $0.index >= index }.flatMap { $0.index == index ? $0.recordedAt : nil }
    }

    /// Whether the key may have been in other hands when it signed what was recorded then, by the first `size` records.
    func isSuspect(_ keyIdentifier: [UInt8], recordedAt: Timestamp, size: UInt64) -> Bool {
        guard !compromises.isEmpty, let compromises = compromises[keyIdentifier] else { return false }
        return compromises.contains { $0.index < size && $0.since <= recordedAt }
    }

    /// The first governance record of which `condition` is true; it must be true of all that follow.
    private func firstRecord(
        where condition: ((index: UInt64, recordedAt: Timestamp)) -> Bool
    ) -> (index: UInt64, recordedAt: Timestamp)? {
        var range = recordTimes.startIndex..<recordTimes.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = condition(recordTimes[middle]) ? range.lowerBound..<middle : middle + 1..<range.upperBound
        }
        return range.lowerBound < recordTimes.endIndex ? recordTimes[range.lowerBound] : nil
    }
}

/// Replaying.
extension Catalog {
    /// Applies a governance record; others change nothing. Throws `misplaced`, `missingField`, `repeatedEvent`, `alreadyDefined`
    /// or an unknown-something, and then has changed nothing. `leafHash` is the record's: that of entry 0 becomes the ledger-id.
    public mutating func apply(_ record: Record, _ event: Event, leafHash: SHA256Digest) throws(RulesError) {
        try checkPlace(of: event, in: record)
        guard event.type.isGovernance else { return }
        if let first = governanceIDs[event.id] {
            throw RulesError(
                .repeatedEvent,
                "the \(event.type.name) event \(event.id) is stated by record \(first) already; make a new one")
        }
        try applyGovernance(record, event, leafHash: leafHash)
        governanceIDs[event.id] = record.index
        recordTimes.append((record.index, record.recordedAt))
    }

    /// Notes a governance record that `apply` refused and that is in the log all the same: its statement cannot be applied
    /// later, in a place where it would be valid.
    public mutating func noteRefused(_ record: Record, _ event: Event) {
        guard event.type.isGovernance, governanceIDs[event.id] == nil else { return }
        governanceIDs[event.id] = record.index
    }

    private func checkPlace(of event: Event, in record: Record) throws(RulesError) {
        guard (record.index == 0) == (event.type == .ledgerOpened), event.type != .ledgerOpened || ledgerID == nil
        else {
            throw RulesError(
                .misplaced, "record \(record.index) is \(event.type.name); a ledger is opened by entry 0, once")
        }
        guard record.isLinked(as: event.type) else {
            throw RulesError(.misplaced, "record \(record.index) is not in the chains of a \(event.type.name)")
        }
        guard event.type != .contactChanged || record.handles.contains(where: { $0.bytes == event.bytes(.fromHandle) })
        else {
            throw RulesError(
                .misplaced, "record \(record.index) changes a contact from one that is neither of its own two")
        }
    }

    private mutating func applyGovernance(
        _ record: Record, _ event: Event, leafHash: SHA256Digest
    ) throws(RulesError) {
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
            .noticeRetired, .templateCategorized:
            try changeBusiness(event, record)
        default:
            if let id = record.business { _ = try business(id, at: record.index) }
            otherRecords.append(record.index)
            if let adoption = PackAdoption(record, event) { adoptions.append(adoption) }
            for position in holds.indices { holds[position].end(by: record, event) }
            if let hold = Hold(record, event) { holds.append(hold) }
        }
    }

    /// Notes a record of unknown type that is in no contact's chain: it could change any answer it concerns.
    public mutating func applyUnknown(_ record: Record) {
        guard record.handles.isEmpty else { return }
        recordTimes.append((record.index, record.recordedAt))
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
        let verifierKey = event.text(.logKey)
        let admin = adminKeys.firstIndex { $0.publicKey == publicKey && $0.window.until == nil }
        let log = logKeys.firstIndex { $0.verifierKey == verifierKey && $0.window.until == nil }
        switch (event.type, publicKey, verifierKey, admin, log) {
        case (.adminKeyAdded, let key?, _, nil, _):
            if let source = sourceOfKey[key.bytes] {
                throw RulesError(.alreadyDefined, "that key is the key of the source “\(source)”; make a new one")
            }
            adminKeys.append(AdminKey(publicKey: key, window: Window(from: index)))
        case (.adminKeyRetired, _, _, let position?, _):
            guard adminKeys.count(where: { $0.window.until == nil }) > 1 else {
                throw RulesError(.misplaced, "the last admin key cannot be retired; add another one first")
            }
            adminKeys[position].window.until = index
        case (.logKeyAdded, _, let key?, _, nil):
            logKeys.append(LogKey(verifierKey: key, window: Window(from: index)))
        case (.logKeyRetired, _, _, _, let position?):
            logKeys[position].window.until = index
        case (.adminKeyAdded, _, _, _, _), (.logKeyAdded, _, _, _, _):
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
        let compromise = event.time(.compromisedSince).map { Compromise(since: $0, index: index) }
        for position in source.keys.indices where named == nil || source.keys[position].publicKey.bytes == named {
            var key = source.keys[position]
            if key.window.until == nil { key.window.until = index }
            if let compromise {
                compromises[key.publicKey.keyIdentifier, default: []].append(compromise)
                if key.compromise.map({ compromise.since < $0.since }) ?? true { key.compromise = compromise }
            }
            source.keys[position] = key
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
            business.categories[id]?.window.until = record.index
        case .noticePublished, .noticeReconstructed:
            try Self.publish(event, record, &business)
        case .templateCategorized:
            try Self.categorize(event, record, &business)
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
        let shown = event.time(.shownFrom).map { ShownInterval(from: $0, until: event.time(.shownUntil)) }
        // The same words may be attested for times before they were published, and for several such times.
        let isThere = business.notices.contains {
            $0.name == name && $0.textDigest == digest && $0.shown == shown && $0.window.until == nil
        }
        guard !isThere else {
            throw RulesError(.alreadyDefined, "the notice “\(name)” is there already with exactly that text")
        }
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

    private static func categorize(_ event: Event, _ record: Record, _ business: inout Business) throws(RulesError) {
        let name = event.text(.template) ?? ""
        let category = event.text(.category)
        let categoryClass = event.text(.categoryClass)
        guard category != nil || categoryClass != nil else {
            throw RulesError(.missingField, "the template “\(name)” is given neither a category nor a class; say one")
        }
        if let category, business.categories[category]?.window.contains(record.index) != true {
            throw RulesError(
                .unknownCategory, "the business “\(business.id)” has no category “\(category)”; add it first")
        }
        let statement = Template.Statement(
            language: event.text(.language), category: category, categoryClass: categoryClass,
            since: min(event.occurredAt?.start ?? record.recordedAt, record.recordedAt), index: record.index,
            recordedAt: record.recordedAt,
            keyIdentifier: (try? Statement(decoding: record.statement[...]))?.keyIdentifier ?? [])
        business.templates[name, default: Template(name: name, statements: [])].statements.append(statement)
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
