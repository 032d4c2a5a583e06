internal import ConsentLedger
internal import ConsentModel
internal import Yams

/// What the operator says: the configuration file, a YAML mapping, and the environment over it. Documentation/server.md has
/// every key.
public struct Configuration: Equatable, Sendable {
    /// The ledger's directory.
    public var ledger = ""
    /// A file with the passphrase of the ledger's protected keys, and nothing else; `nil` where none is protected.
    public var passphraseFile: String?
    /// The address to listen on.
    public var address = "127.0.0.1"
    /// The port; 0 lets the system choose one.
    public var port = 8420
    /// The files for TLS; without them, the server speaks plain HTTP.
    public var tls: TLSFiles?
    /// Whether a proxy in front of it speaks TLS: only then may plain HTTP be spoken on other addresses than loopback.
    public var isBehindProxy = false
    /// Whether the log is for everyone, without a token.
    public var isLogPublic = false
    /// The least severe level that is logged.
    public var logLevel = LogLevel.info
    /// What bounds each request and each caller.
    public var limits = Limits()
    /// How many threads read the ledger, and how many write it: as many appends can share one flush.
    public var readingThreads = 4
    public var writingThreads = 16
    /// Every so many seconds what is recorded is published under a checkpoint.
    public var publishSeconds = 5
    /// Who cosigns the checkpoints.
    public var witnesses = Witnesses()
    /// Every so many seconds the clearances that were given are anchored, if there are any.
    public var anchorSeconds = 60
    /// The source that states it.
    public var clearanceSource = EventDraft.usualSource
    /// The platforms that tell what people did.
    public var webhooks: [WebhookConfiguration] = []

    /// A certificate chain and its private key, both PEM.
    public struct TLSFiles: Equatable, Sendable {
        public var certificateChain: String
        public var privateKey: String
    }

    /// How much is let in.
    public struct Limits: Equatable, Sendable {
        /// How many requests a second a token may make in the long run.
        public var requestsPerSecond = 200
        /// How many at once.
        public var burst = 400
        /// The longest body that is read whole, in bytes.
        public var bodyBytes = 4_194_304
        /// How much of all bodies is held at once, in bytes: half of it of tokens, a quarter of platforms.
        public var bodiesBytes = 268_435_456
        /// How long a body may take to come, a connection may be idle, and a client may read nothing, in seconds.
        public var requestSeconds = 30
        /// How many connections are open at once.
        public var connections = 1024
        /// How many requests wait for a thread.
        public var waiting = 1024
        /// The largest bundle of evidence, in bytes.
        public var evidenceBytes = 268_435_456
        /// With less room on the ledger's disk, in bytes, nothing is written.
        public var roomBytes = 67_108_864
        /// With more records that the index does not have yet, nothing is written.
        public var unindexedRecords = 1_000_000
    }

    /// Who cosigns the checkpoints.
    public struct Witnesses: Equatable, Sendable {
        /// A C2SP tlog-policy file with their keys; without one, those count whose quorum the ledger waits for, if it does.
        public var policyFile: String?
        /// Where those take requests that the policy has no URL for, or another one, by their names in it.
        public var addresses: [String: String] = [:]
        /// How long each may take to answer a request, in seconds.
        public var timeoutSeconds = 10
    }

    /// How severe.
    public enum LogLevel: String, Sendable, CaseIterable {
        case info, notice, warning, error
    }

    /// One webhook.
    public struct WebhookConfiguration: Equatable, Sendable {
        /// The last part of its path.
        public var name: String
        /// Whose form its bodies have.
        public var kind: Kind
        /// The business that the messages are for.
        public var business: String
        /// The source that states what they say.
        public var source: String
        /// A file with the secret that the platform signs with, and nothing else.
        public var secretFile: String
        /// Of WhatsApp, a file with the token of the handshake.
        public var handshakeFile: String?
        /// Of Twilio, the address that it was told to call, which it signs; of e-mail, the address that links begin with.
        public var url: String?
        /// Of e-mail, the language of the page that asks whether a person means it.
        public var language: String?

        /// The platforms.
        public enum Kind: String, Sendable, CaseIterable {
            case whatsapp, twilio
            /// Google's RCS for Business.
            case rcs
            /// One-click unsubscription (RFC 8058).
            case email
            /// Events in their native form, signed as Standard Webhooks are.
            case signed
        }
    }

    /// Reads a configuration. `environment` overrides `text`. Throws `badConfiguration`, naming the line.
    public init(parsing text: String, environment: [String: String] = [:]) throws(ServerError) {
        let root: Node?
        do { root = try Yams.compose(yaml: text) } catch {
            throw ServerError(.badConfiguration, "the configuration is not YAML: \(Self.reason(error))")
        }
        var file = try ConfigurationMapping(root ?? Node([(Node, Node)]()), name: "the configuration")
        ledger = try file.text("ledger") ?? ""
        passphraseFile = try file.text("passphrase-file")
        if var listen = try file.mapping("listen") {
            address = try listen.text("address") ?? address
            port = try listen.number("port", in: 0...65_535) ?? port
            isBehindProxy = try listen.flag("behind-proxy") ?? false
            try listen.finish()
        }
        if var files = try file.mapping("tls") {
            tls = TLSFiles(
                certificateChain: try files.needed("certificate-chain"), privateKey: try files.needed("private-key"))
            try files.finish()
        }
        if var log = try file.mapping("log") {
            isLogPublic = try log.flag("public") ?? false
            try log.finish()
        }
        if let level = try file.text("log-level") { logLevel = try Self.level(level, "log-level") }
        if var section = try file.mapping("limits") {
            limits.requestsPerSecond =
                try section.number("requests-per-second", in: 1...1_000_000) ?? limits.requestsPerSecond
            limits.burst = try section.number("burst", in: 1...1_000_000) ?? limits.burst
            limits.bodyBytes = try section.number("body-bytes", in: 1024...67_108_864) ?? limits.bodyBytes
            limits.bodiesBytes =
                try section.number("bodies-bytes", in: HeldBodies.parts * limits.bodyBytes...17_179_869_184)
                ?? max(limits.bodiesBytes, HeldBodies.parts * limits.bodyBytes)
            limits.requestSeconds = try section.number("request-seconds", in: 1...3600) ?? limits.requestSeconds
            limits.connections = try section.number("connections", in: 1...100_000) ?? limits.connections
            limits.waiting = try section.number("waiting", in: 0...100_000) ?? limits.waiting
            limits.evidenceBytes =
                try section.number("evidence-bytes", in: 65_536...4_294_967_295) ?? limits.evidenceBytes
            limits.roomBytes = try section.number("room-bytes", in: 0...1_099_511_627_776) ?? limits.roomBytes
            limits.unindexedRecords =
                try section.number("unindexed-records", in: 1...1_000_000_000) ?? limits.unindexedRecords
            try section.finish()
        }
        if var threads = try file.mapping("threads") {
            readingThreads = try threads.number("reading", in: 1...256) ?? readingThreads
            writingThreads = try threads.number("writing", in: 1...256) ?? writingThreads
            try threads.finish()
        }
        publishSeconds = try file.number("publish-seconds", in: 1...86_400) ?? publishSeconds
        if var section = try file.mapping("witnesses") {
            witnesses.policyFile = try section.text("policy")
            witnesses.addresses = try section.mapping("addresses")?.texts() ?? [:]
            witnesses.timeoutSeconds = try section.number("timeout-seconds", in: 1...60) ?? witnesses.timeoutSeconds
            try section.finish()
        }
        if var clearances = try file.mapping("clearances") {
            anchorSeconds = try clearances.number("anchor-seconds", in: 1...86_400) ?? anchorSeconds
            clearanceSource = try clearances.text("source") ?? clearanceSource
            try clearances.finish()
        }
        webhooks = try file.mappings("webhooks").map { mapping throws(ServerError) in try Self.webhook(mapping) }
        try file.finish()
        try override(by: environment)
        try check()
    }

    private static func webhook(_ mapping: ConfigurationMapping) throws(ServerError) -> WebhookConfiguration {
        var mapping = mapping
        let name = try mapping.needed("name")
        guard FieldKind.isIdentifier(name) else {
            throw mapping.wrong("name", "is 1 to 64 of a–z, 0–9 and “-”")
        }
        let kindName = try mapping.needed("kind")
        guard let kind = WebhookConfiguration.Kind(rawValue: kindName) else {
            let kinds = WebhookConfiguration.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw mapping.wrong("kind", "is one of: \(kinds)")
        }
        let webhook = WebhookConfiguration(
            name: name, kind: kind, business: try mapping.needed("business"), source: try mapping.needed("source"),
            secretFile: try mapping.needed("secret-file"), handshakeFile: try mapping.text("handshake-file"),
            url: try mapping.text("url"), language: try mapping.text("language"))
        guard (webhook.handshakeFile != nil) == (kind == .whatsapp) else {
            throw mapping.wrong("handshake-file", kind == .whatsapp ? "is missing" : "is of WhatsApp alone")
        }
        let hasURL = kind == .twilio || kind == .email
        guard (webhook.url != nil) == hasURL else {
            throw mapping.wrong("url", hasURL ? "is missing" : "is of Twilio and of e-mail alone")
        }
        guard webhook.language == nil || (kind == .email && UnsubscribePage.languages.contains(webhook.language ?? ""))
        else {
            throw mapping.wrong(
                "language", "is of e-mail alone: \(UnsubscribePage.languages.joined(separator: " or "))")
        }
        try mapping.finish()
        return webhook
    }

    private static func level(_ name: String, _ place: String) throws(ServerError) -> LogLevel {
        guard let level = LogLevel(rawValue: name) else {
            throw ServerError(.badConfiguration, "\(place) is info, notice, warning or error")
        }
        return level
    }

    private mutating func override(by environment: [String: String]) throws(ServerError) {
        if let value = environment["CONSENTD_LEDGER"] { ledger = value }
        if let value = environment["CONSENTD_ADDRESS"] { address = value }
        if let value = environment["CONSENTD_PORT"] {
            guard let number = Int(value), 0...65_535 ~= number else {
                throw ServerError(.badConfiguration, "CONSENTD_PORT is a whole number from 0 to 65535")
            }
            port = number
        }
        if let value = environment["CONSENTD_LOG_LEVEL"] { logLevel = try Self.level(value, "CONSENTD_LOG_LEVEL") }
        if let value = environment["CONSENTD_WITNESS_POLICY"] {
            witnesses.policyFile = value.isEmpty ? nil : value
        }
        let known: Set = [
            "CONSENTD_LEDGER", "CONSENTD_ADDRESS", "CONSENTD_PORT", "CONSENTD_LOG_LEVEL", "CONSENTD_WITNESS_POLICY",
        ]
        if let unknown = environment.keys.filter({ $0.hasPrefix("CONSENTD_") && !known.contains($0) }).min() {
            throw ServerError(
                .badConfiguration,
                "there is no variable \(unknown); there are \(known.sorted().joined(separator: ", "))")
        }
    }

    private func check() throws(ServerError) {
        guard !ledger.isEmpty else {
            throw ServerError(.badConfiguration, "the configuration names no ledger; write ledger: DIRECTORY")
        }
        let parts = address.split(separator: ".", omittingEmptySubsequences: false)
        let isLoopback =
            address == "localhost" || address == "::1"
            || parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
        guard isLoopback || tls != nil || isBehindProxy else {
            throw ServerError(
                .badConfiguration,
                "on \(address) tokens and contacts would cross the network in the clear; give it tls, or say "
                    + "behind-proxy: true under listen where a proxy speaks TLS in front of it")
        }
        let names = webhooks.map(\.name)
        guard Set(names).count == names.count else {
            throw ServerError(.badConfiguration, "two webhooks have the same name")
        }
    }

    /// What a YAML error says, on one line and with its place.
    private static func reason(_ error: any Error) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            "line \(mark.line): \(problem)"
        case .duplicatedKeysInMapping(let duplicates, let context):
            "line \(context.mark.line): \(duplicates.joined(separator: ", ")) twice"
        case .reader(let problem, let offset, _, _): "byte \(offset ?? 0): \(problem)"
        default: "it cannot be read"
        }
    }
}

/// A mapping of the file, of which each key is taken once; what is left is unknown.
struct ConfigurationMapping {
    private let name: String
    private let line: Int
    private var members: [String: Node] = [:]

    init(_ node: Node, name: String) throws(ServerError) {
        line = node.mark?.line ?? 1
        self.name = name
        guard let mapping = node.mapping else {
            throw ServerError(.badConfiguration, "line \(line): \(name) is not a mapping of keys to values")
        }
        for (key, value) in mapping {
            guard let text = key.scalar?.string else {
                throw ServerError(.badConfiguration, "line \(key.mark?.line ?? line): a key of \(name) is not a word")
            }
            members[text] = value
        }
    }

    /// What is wrong with the value of a key.
    func wrong(_ key: String, _ what: String) -> ServerError {
        ServerError(.badConfiguration, "line \(members[key]?.mark?.line ?? line): \(key) of \(name) \(what)")
    }

    mutating func text(_ key: String) throws(ServerError) -> String? {
        guard let node = members[key] else { return nil }
        guard let text = node.scalar?.string, !text.isEmpty else { throw wrong(key, "is not a text") }
        members[key] = nil
        return text
    }

    /// All that is left, each a text.
    func texts() throws(ServerError) -> [String: String] {
        var rest = self
        var found: [String: String] = [:]
        for key in members.keys { found[key] = try rest.text(key) }
        return found
    }

    mutating func needed(_ key: String) throws(ServerError) -> String {
        guard let text = try text(key) else { throw wrong(key, "is missing") }
        return text
    }

    mutating func number(_ key: String, in range: ClosedRange<Int>) throws(ServerError) -> Int? {
        guard let node = members[key] else { return nil }
        guard let text = node.scalar?.string, let number = Int(text), String(number) == text, range ~= number else {
            throw wrong(key, "is a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        members[key] = nil
        return number
    }

    mutating func flag(_ key: String) throws(ServerError) -> Bool? {
        guard let node = members[key] else { return nil }
        guard let text = node.scalar?.string, text == "true" || text == "false" else {
            throw wrong(key, "is true or false")
        }
        members[key] = nil
        return text == "true"
    }

    mutating func mapping(_ key: String) throws(ServerError) -> ConfigurationMapping? {
        try members.removeValue(forKey: key).map { node throws(ServerError) in
            try ConfigurationMapping(node, name: key)
        }
    }

    mutating func mappings(_ key: String) throws(ServerError) -> [ConfigurationMapping] {
        guard let node = members[key] else { return [] }
        guard let nodes = node.sequence else { throw wrong(key, "is not a list") }
        members[key] = nil
        var found: [ConfigurationMapping] = []
        for element in nodes { found.append(try ConfigurationMapping(element, name: "an element of \(key)")) }
        return found
    }

    /// Refuses what was not taken.
    func finish() throws(ServerError) {
        guard let (key, node) = members.min(by: { ($0.value.mark?.line ?? 0) < ($1.value.mark?.line ?? 0) }) else {
            return
        }
        throw ServerError(
            .badConfiguration,
            "line \(node.mark?.line ?? line): \(name) has no key “\(key.prefix(60))”; see Documentation/server.md")
    }
}
