public import ConsentModel
internal import ConsentRules
internal import LedgerCrypto

/// What a bundle is asked to show, and what who made it states: nothing of it is in the log.
public struct EvidenceRequest: Hashable, Sendable {
    /// A disputed message.
    public struct Send: Hashable, Sendable {
        /// When it was sent.
        public var at: Timestamp
        public var channel: String
        /// What it was about; `nil` where the template says it.
        public var category: String?
        public var template: String?
        public var sender: String?
        /// What who disputes it, or who sent it, calls it.
        public var reference: String?

        public init(
            at: Timestamp, channel: String, category: String?, template: String? = nil, sender: String? = nil,
            reference: String? = nil
        ) {
            self.at = at
            self.channel = channel
            self.category = category
            self.template = template
            self.sender = sender
            self.reference = reference
        }
    }

    /// The language of the page: one of `EvidenceTexts.languages`.
    public var language: String
    /// When the bundle was made.
    public var madeAt: Timestamp
    /// The business's identifier.
    public var business: String
    /// The address that the bundle is about; `nil` where only the handle is known, as of someone who was erased.
    public var contact: String?
    /// The contact's handle.
    public var handle: ContactHandle
    /// In ascending order: other handles of the address, and those of other spellings of it: what they stopped counts, too.
    public var otherHandles: [ContactHandle]
    /// The moment asked about.
    public var at: Timestamp
    /// The channels asked about, in ascending order.
    public var channels: [String]
    /// The categories asked about, in ascending order.
    public var categories: [String]
    /// The names of the private fields that are shown; `nil`: all.
    public var fields: [String]?
    /// The disputed messages, in their order.
    public var sends: [Send]

    /// The most disputed messages of one bundle.
    public static let mostSends = 1024

    public init(
        language: String, madeAt: Timestamp, business: String, contact: String?, handle: ContactHandle,
        otherHandles: [ContactHandle] = [], at: Timestamp, channels: [String], categories: [String],
        fields: [String]? = nil, sends: [Send] = []
    ) {
        self.language = language
        self.madeAt = madeAt
        self.business = business
        self.contact = contact
        self.handle = handle
        self.otherHandles = otherHandles.sorted()
        self.at = at
        self.channels = channels
        self.categories = categories
        self.fields = fields
        self.sends = sends
    }
}

/// A request with what was looked up for it: where the person is, and what the clocks there showed.
struct StatedRequest: Hashable, Sendable {
    /// What is asked.
    var asked: EvidenceRequest
    /// Where the person is at the moment asked about, and at each send.
    var recipient: Recipient
    var sendRecipients: [Recipient]
    /// The time zones that the person may live in, by what the address tells, each with its offset from UTC in seconds at the
    /// moments that the page names.
    var local: [LocalTime]

    /// What the clocks of a time zone showed.
    struct LocalTime {
        var zone: String
        /// In seconds east of UTC.
        var offsets: [Timestamp: Int]
    }

    static func == (left: Self, right: Self) -> Bool { left.json == right.json }

    func hash(into hasher: inout Hasher) { hasher.combine(asked) }

    var json: JSONValue {
        func time(_ time: Timestamp) -> JSONValue { .string(time.description) }
        func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
        let sends = zip(asked.sends, sendRecipients).map { send, recipient -> JSONValue in
            .object([
                "at": time(send.at), "channel": .string(send.channel), "category": optional(send.category),
                "template": optional(send.template), "sender": optional(send.sender),
                "reference": optional(send.reference), "recipient": recipient.json,
            ])
        }
        let local = self.local.map { local -> JSONValue in
            .object([
                "zone": .string(local.zone),
                "offsets": .array(
                    local.offsets.sorted { $0.key < $1.key }.map {
                        .object(["at": time($0.key), "seconds": .number(String($0.value))])
                    }),
            ])
        }
        return .object([
            "language": .string(asked.language), "made-at": time(asked.madeAt), "business": .string(asked.business),
            "contact": optional(asked.contact), "handle": .string(asked.handle.description),
            "other-handles": .strings(asked.otherHandles.map(\.description)), "at": time(asked.at),
            "channels": .strings(asked.channels), "categories": .strings(asked.categories),
            "fields": asked.fields.map { .strings($0) } ?? .null, "sends": .array(sends),
            "recipient": recipient.json, "local": .array(local),
        ])
    }

    /// Reads what `json` gives; throws `notEvidence` for anything else.
    init(_ json: JSONValue) throws(AuditError) {
        let members = EvidenceMembers(json, of: "request")
        var sends: [EvidenceRequest.Send] = []
        var recipients: [Recipient] = []
        let stating = try members.array("sends")
        guard stating.count <= EvidenceRequest.mostSends else {
            throw AuditError(
                .notEvidence,
                "the request names \(stating.count) disputed messages, and a bundle answers at most "
                    + "\(EvidenceRequest.mostSends)")
        }
        for send in stating {
            let send = EvidenceMembers(send, of: "request.sends")
            sends.append(
                EvidenceRequest.Send(
                    at: try send.time("at"), channel: try send.text("channel"),
                    category: try send.optionalText("category"), template: try send.optionalText("template"),
                    sender: try send.optionalText("sender"), reference: try send.optionalText("reference")))
            recipients.append(try Recipient(try send.member("recipient")))
        }
        var local: [LocalTime] = []
        for zone in try members.array("local") {
            let members = EvidenceMembers(zone, of: "request.local")
            var offsets: [Timestamp: Int] = [:]
            for offset in try members.array("offsets") {
                let offset = EvidenceMembers(offset, of: "request.local.offsets")
                offsets[try offset.time("at")] = try offset.offset("seconds")
            }
            local.append(LocalTime(zone: try members.text("zone"), offsets: offsets))
        }
        asked = EvidenceRequest(
            language: try members.text("language"), madeAt: try members.time("made-at"),
            business: try members.text("business"), contact: try members.optionalText("contact"),
            handle: try members.handle("handle"),
            otherHandles: try members.texts("other-handles").map { text throws(AuditError) in
                try EvidenceMembers.handle(text, of: "request.other-handles")
            },
            at: try members.time("at"), channels: try members.texts("channels"),
            categories: try members.texts("categories"),
            fields: try members.member("fields") == .null ? nil : try members.texts("fields"), sends: sends)
        guard Self.ascends(asked.channels), Self.ascends(asked.categories), Self.ascends(asked.fields ?? []),
            Self.ascends(asked.otherHandles.map(\.description)), !asked.otherHandles.contains(asked.handle)
        else {
            throw AuditError(
                .notEvidence,
                "the request's channels, categories, fields or other handles do not ascend, or one of them is there twice"
            )
        }
        recipient = try Recipient(try members.member("recipient"))
        sendRecipients = recipients
        self.local = local
    }

    /// Whether the texts ascend bytewise, each being there once.
    private static func ascends(_ texts: [String]) -> Bool {
        zip(texts, texts.dropFirst()).allSatisfy { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    init(_ asked: EvidenceRequest, recipient: Recipient, sendRecipients: [Recipient], local: [LocalTime]) {
        self.asked = asked
        self.recipient = recipient
        self.sendRecipients = sendRecipients
        self.local = local
    }
}

extension Recipient {
    fileprivate var json: JSONValue {
        .object([
            "country": country.map { .string($0) } ?? .null,
            "clocks": .array(
                clocks.map { clock in
                    .object([
                        "zone": .string(clock.name),
                        "offsets": .array(
                            clock.offsets.map {
                                .object([
                                    "since": .string($0.since.description), "seconds": .number(String($0.seconds)),
                                ])
                            }),
                    ])
                }),
        ])
    }

    fileprivate init(_ json: JSONValue) throws(AuditError) {
        let members = EvidenceMembers(json, of: "recipient")
        var clocks: [LocalClock] = []
        for clock in try members.array("clocks") {
            let clock = EvidenceMembers(clock, of: "recipient.clocks")
            var offsets: [LocalClock.Offset] = []
            for offset in try clock.array("offsets") {
                let offset = EvidenceMembers(offset, of: "recipient.clocks.offsets")
                offsets.append(
                    LocalClock.Offset(since: try offset.time("since"), seconds: try offset.offset("seconds")))
            }
            clocks.append(LocalClock(name: try clock.text("zone"), offsets: offsets))
        }
        self.init(country: try members.optionalText("country"), clocks: clocks)
    }
}

extension JSONValue {
    /// An array of strings.
    static func strings(_ texts: some Sequence<String>) -> JSONValue { .array(texts.map { .string($0) }) }
}

/// The members of an object in a bundle's JSON; what is not as it must be is told by its place.
struct EvidenceMembers {
    private let json: JSONValue
    private let place: String

    init(_ json: JSONValue, of place: String) {
        self.json = json
        self.place = place
    }

    private static let mostOffset = 86_399

    func member(_ name: String) throws(AuditError) -> JSONValue {
        guard let member = json[name] else { throw malformed(name, "is not there") }
        return member
    }

    func text(_ name: String) throws(AuditError) -> String {
        guard let text = try member(name).string else { throw malformed(name, "is not a text") }
        return text
    }

    func optionalText(_ name: String) throws(AuditError) -> String? {
        try member(name) == .null ? nil : try text(name)
    }

    func array(_ name: String) throws(AuditError) -> [JSONValue] {
        guard let array = try member(name).array else { throw malformed(name, "is not an array") }
        return array
    }

    func texts(_ name: String) throws(AuditError) -> [String] {
        var texts: [String] = []
        for element in try array(name) {
            guard let text = element.string else { throw malformed(name, "has an element that is not a text") }
            texts.append(text)
        }
        return texts
    }

    /// A moment as this software writes it, and in no other spelling.
    func time(_ name: String) throws(AuditError) -> Timestamp {
        let text = try text(name)
        guard let time = try? OccurredAt(parsing: text).start, time.description == text else {
            throw malformed(name, "is not a moment in UTC")
        }
        return time
    }

    func number(_ name: String) throws(AuditError) -> UInt64 {
        guard case .number(let digits) = try member(name), let number = UInt64(digits), String(number) == digits else {
            throw malformed(name, "is not a whole number")
        }
        return number
    }

    /// An offset from UTC in seconds.
    func offset(_ name: String) throws(AuditError) -> Int {
        guard case .number(let digits) = try member(name), let number = Int(digits), String(number) == digits,
            -Self.mostOffset...Self.mostOffset ~= number
        else { throw malformed(name, "is not an offset in seconds") }
        return number
    }

    func handle(_ name: String) throws(AuditError) -> ContactHandle {
        try Self.handle(text(name), of: "\(place).\(name)")
    }

    static func handle(_ text: String, of place: String) throws(AuditError) -> ContactHandle {
        guard let handle = Hexadecimal.decode(text).flatMap({ ContactHandle($0) }) else {
            throw AuditError(.notEvidence, "\(place) has a handle that is not 32 hexadecimal digits")
        }
        return handle
    }

    private func malformed(_ name: String, _ what: String) -> AuditError {
        AuditError(.notEvidence, "\(place).\(name) \(what)")
    }
}
