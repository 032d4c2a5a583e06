public import ConsentLedger
internal import ConsentModel
internal import ConsentRules
internal import FoundationEssentials
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
public import LedgerCrypto
public import Logging
internal import NIOCore
internal import NIOSSL
internal import ServiceLifecycle
internal import UnixSignals

/// The daemon: a ledger, served over HTTP.
public struct ConsentServer: Sendable {
    let parts: ServerParts
    private let tls: TLSConfiguration?

    /// Opens the ledger of `configuration` for writing. Throws what is wrong with it, with a file of TLS, or with the ledger.
    public init(
        _ configuration: Configuration, logger: Logger, clock: any LedgerClock = SystemClock(),
        random: any RandomSource = SystemRandomSource()
    ) throws {
        tls = try configuration.tls.map(Self.tls)
        let webhooks = try Self.webhooks(configuration)
        let asked = try AskedWitnesses(configuration.witnesses, awaiting: configuration.location().quorumPolicy())
        let metrics = ServerMetrics(witnesses: asked?.members.map(\.name) ?? [])
        let ledger = try ServedLedger(configuration, metrics: metrics, clock: clock, random: random)
        parts = ServerParts(
            configuration: configuration, ledger: ledger,
            admission: Admission(
                ledger, file: TokenFile(storage: ledger.storage, random: random), clock: clock),
            accessRecords: AccessRecords(ledger.storage, clock: clock),
            rateLimit: RateLimit(
                requestsPerSecond: configuration.limits.requestsPerSecond, burst: configuration.limits.burst),
            metrics: metrics,
            witnesses: try asked.map { asked in
                try CheckpointWitnesses(
                    asked, ledger, limit: .seconds(Int64(configuration.witnesses.timeoutSeconds)), metrics: metrics,
                    clock: clock, logger: logger)
            },
            heldBodies: HeldBodies(most: configuration.limits.bodiesBytes), webhooks: webhooks,
            pendingStatements: PendingStatements(random: random),
            random: random,
            console: try Console(configuration, random: random),
            clock: clock, logger: logger)
    }

    /// Accepts the clock as it is now, after a jump stopped appends.
    public func confirmClock() { parts.ledger.confirmClock() }

    /// Throws what would keep a server of `configuration` from starting, as far as that can be told beside one that runs:
    /// a ledger that cannot be read, files of TLS or tokens that are not what they should be.
    public static func check(_ configuration: Configuration) throws {
        try OpenFileLimit.raise(forConnections: configuration.limits.connections)
        _ = try configuration.tls.map(tls)
        _ = try webhooks(configuration)
        _ = try AskedWitnesses(configuration.witnesses, awaiting: configuration.location().quorumPolicy())
        try Ledger(configuration.location()).read { snapshot in
            for webhook in configuration.webhooks {
                _ = try snapshot.catalog.business(webhook.business, at: .max)
                guard
                    snapshot.catalog.sources[webhook.source]?.keys.contains(where: { key in
                        key.custody == "ledger" && key.businesses?.contains(webhook.business) != false
                    }) == true
                else {
                    throw ServerError(
                        .badConfiguration,
                        "the webhook \(webhook.name) names the source \(webhook.source), which the ledger does not sign for, or "
                            + "not for \(webhook.business): consent source list"
                    )
                }
                guard try configuration.location().holdsKey(ofSource: webhook.source) else {
                    throw ServerError(
                        .badConfiguration,
                        "the webhook \(webhook.name) names the source \(webhook.source), whose key is not in private/keys: "
                            + "restore source-\(webhook.source).key from its backup")
                }
            }
            // The usual one is missed where something is to be anchored; one that was named was meant.
            let source = configuration.clearanceSource
            guard source == EventDraft.usualSource || snapshot.catalog.sources[source] != nil else {
                throw ServerError(
                    .badConfiguration,
                    "source of clearances names the source \(source), which the ledger does not have")
            }
        }
        _ = try TokenFile(ledger: configuration.ledger).tokens()
    }

    /// Serves until the process is asked to end (SIGTERM, SIGINT), then answers what has come in, publishes, and gives the
    /// ledger back. Throws `cannotListen`, and what stops it.
    public func run() async throws {
        try OpenFileLimit.raise(forConnections: parts.configuration.limits.connections)
        let application = try application()
        var services = ServiceGroupConfiguration(
            services: [
                Recurring(interval: .seconds(parts.configuration.publishSeconds), work: parts.publish),
                Recurring(interval: .seconds(parts.configuration.anchorSeconds), work: parts.anchorClearances),
                application,
            ], gracefulShutdownSignals: [.sigterm, .sigint], logger: parts.logger)
        // What goes on without end, or is not read by who asked, is cut off then.
        services.maximumGracefulShutdownDuration = .seconds(parts.configuration.limits.requestSeconds)
        do { try await ServiceGroup(configuration: services).run() } catch is CancellationError {
            parts.logger.notice("cut off what did not end")
        } catch {
            // The first error is the one to tell. What was acknowledged before it stays.
            try? await parts.close()
            guard let failure = error as? IOError else { throw error }
            throw ServerError(
                .cannotListen,
                "cannot listen on \(parts.configuration.address), port \(parts.configuration.port): \(failure)")
        }
        // Before the last checkpoint, which covers it.
        await parts.anchorClearances()
        try await parts.close()
        parts.logger.notice("ended")
    }

    /// What answers requests; for tests, which run it without a socket too.
    func application() throws -> some ApplicationProtocol {
        let configuration = parts.configuration
        let http = HTTPServerBuilder.http1(
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [
                    FramingPlacement(parts),
                    UnreadAnswerHandler(longest: .seconds(Int64(configuration.limits.requestSeconds))),
                ],
                idleTimeout: .seconds(Int64(configuration.limits.requestSeconds)) + ServerResponder.lingering))
        return Application(
            responder: ServerResponder(table: Self.routes, parts: parts),
            server: try tls.map { try HTTPServerBuilder.tls(http, tlsConfiguration: $0) } ?? http,
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.address, port: configuration.port),
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.limits.connections)),
            onServerRunning: { [logger = parts.logger, isTLS = tls != nil] channel in
                logger.notice(
                    "listening",
                    metadata: [
                        "address": "\(configuration.address)", "port": "\(channel.localAddress?.port ?? 0)",
                        "tls": "\(isTLS)", "ledger": "\(configuration.ledger)",
                    ])
            },
            logger: parts.logger)
    }

    /// Every operation there is.
    static let routes = RouteTable(
        routes: [
            EventsRoute.route, DecisionsRoute.route, ScreenRoute.route, HistoryRoute.route, ReceiptRoute.route,
            EvidenceRoute.route, EraseRoute.route, ClearanceAnchorRoute.route, ChangesRoute.route, LogRoute.route,
        ] + StatementRoutes.routes + CatalogRoutes.routes + ReviewRoutes.routes + WebhookRoutes.routes
            + UnsubscribeRoutes.routes
            + HealthRoutes.routes)

    private static func webhooks(_ configuration: Configuration) throws(ServerError) -> [String: Webhook] {
        var webhooks: [String: Webhook] = [:]
        for webhook in configuration.webhooks { webhooks[webhook.name] = try Webhook(webhook) }
        return webhooks
    }

    private static func tls(_ files: Configuration.TLSFiles) throws -> TLSConfiguration {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(files.certificateChain)
            let key = try NIOSSLPrivateKey(file: files.privateKey, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            // Older ones are not to be spoken (RFC 8996).
            configuration.minimumTLSVersion = .tlsv12
            // The key may be another certificate's.
            _ = try NIOSSLContext(configuration: configuration)
            return configuration
        } catch {
            throw ServerError(
                .badConfiguration,
                "\(files.certificateChain) and \(files.privateKey) are not a certificate chain and its key in PEM: \(error)"
            )
        }
    }
}

extension Configuration {
    /// Reads the configuration in the file at `path`. Throws `badConfiguration`.
    public init(file path: String, environment: [String: String]) throws(ServerError) {
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw ServerError(.badConfiguration, "\(path) cannot be read, or is not UTF-8")
        }
        try self.init(parsing: text, environment: environment)
    }
}

/// Does something every so often, the first time at once, until the server ends.
private struct Recurring: Service {
    let interval: Duration
    let work: @Sendable () async throws -> Void

    func run() async throws {
        // Asked to end, the sleep ends first; what is left is done when the server has ended.
        try await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try await work()
                do { try await Task.sleep(for: interval) } catch { return }
            }
        }
    }
}

extension ServerParts {
    /// Publishes what is recorded. What cannot be published is told in the log.
    func publish() async throws {
        do { try await ledger.publish() } catch {
            logger.error("publishing failed", metadata: ["code": "\(Problem(error).code)"])
            // Whoever starts it again finds out what is stored; until then nothing would be recorded.
            if (error as? LedgerError)?.code == .outcomeUnknown { throw error }
        }
        // Not waited for: the next is published in its time.
        witnesses?.begin()
    }

    /// Anchors the clearances that wait. What cannot be anchored waits on, and is told in the log.
    func anchorClearances() async {
        do {
            let records = try await ledger.anchorClearances()
            metrics.count(anchorings: records.count, failed: false)
            for record in records { logger.info("clearances anchored", metadata: ["record": "\(record)"]) }
        } catch {
            metrics.count(anchorings: 1, failed: true)
            logger.error("anchoring clearances failed", metadata: ["code": "\(Problem(error).code)"])
        }
    }
}
