internal import ConsentLedger
internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import TransparencyLog

/// Sends requests to witnesses over HTTP/1.1, each over a connection of its own. No redirect is followed and no proxy is used;
/// what comes back is bounded in size, and all of it in time.
struct WitnessSubmission: Sendable {
    /// How long a request may take, from looking up the host's name to the last byte of the answer.
    let limit: TimeAmount
    /// What `https` is spoken by; `nil` where no witness is reached so.
    private let tls: NIOSSLContext?

    /// With `https`, servers are trusted by the system's certificates, or by those in the PEM file `certificates`. Throws
    /// `badConfiguration` where they cannot be read.
    init(limit: TimeAmount, needsTLS: Bool, certificates: String? = nil) throws(ServerError) {
        self.limit = limit
        guard needsTLS else {
            tls = nil
            return
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.trustRoots = certificates.map { .file($0) } ?? .default
        do { tls = try NIOSSLContext(configuration: configuration) } catch {
            throw ServerError(
                .badConfiguration,
                "witnesses are reached by https, and the certificates of authorities cannot be read: \(error)")
        }
    }

    /// Sends `body` to what is at `path` below `address`. Throws `unreachable` where no whole answer comes in time, and
    /// `CancellationError` as soon as the task is cancelled.
    func post(_ body: [UInt8], to path: String, below address: WebAddress) async throws -> WitnessAnswer {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: WitnessAnswer.self)
        let timer = loop.scheduleTask(in: limit) {
            promise.fail(Self.unreachable(address, "it did not answer in \(limit.nanoseconds / 1_000_000_000) seconds"))
        }
        promise.futureResult.whenComplete { _ in timer.cancel() }
        let connection = ClientBootstrap(group: loop).connectTimeout(limit).channelInitializer { [tls] channel in
            channel.eventLoop.makeCompletedFuture {
                if !address.isLoopback, let tls {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: tls, serverHostname: Self.name(of: address)))
                }
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                try channel.pipeline.syncOperations.addHandler(
                    WitnessAnswerHandler(Self.head(path, address, count: body.count), body, address, promise))
            }
        }.connect(host: address.host, port: address.port)
        connection.whenFailure { promise.fail(Self.unreachable(address, "\($0)")) }
        // Connected too late, it is closed at once.
        connection.whenSuccess { channel in promise.futureResult.whenComplete { _ in channel.close(promise: nil) } }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            promise.fail(CancellationError())
        }
    }

    /// The name that the certificate has to be of; `nil` for an IP address, which is compared as such.
    private static func name(of address: WebAddress) -> String? {
        (try? SocketAddress(ipAddress: address.host, port: address.port)) == nil ? address.host : nil
    }

    private static func head(_ path: String, _ address: WebAddress, count: Int) -> HTTPRequestHead {
        let target = address.target(path)
        return HTTPRequestHead(
            version: .http1_1, method: .POST, uri: target.path,
            headers: [
                "Host": target.authority, "User-Agent": "consentd", "Content-Type": "text/plain",
                "Content-Length": String(count), "Connection": "close",
            ])
    }

    static func unreachable(_ address: WebAddress, _ why: String) -> ServerError {
        ServerError(.unreachable, "\(address.text) cannot be reached: \(why)")
    }
}

/// Writes one request and reads its answer.
private final class WitnessAnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private let body: [UInt8]
    private let address: WebAddress
    private let promise: EventLoopPromise<WitnessAnswer>
    private var status: Int?
    private var contentType: String?
    private var answer: [UInt8] = []

    init(_ head: HTTPRequestHead, _ body: [UInt8], _ address: WebAddress, _ promise: EventLoopPromise<WitnessAnswer>) {
        self.head = head
        self.body = body
        self.address = address
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            status = Int(head.status.code)
            contentType = head.headers.first(name: "Content-Type")
        case .body(let buffer):
            guard answer.count + buffer.readableBytes <= WitnessExchange.maximumAnswerByteCount else {
                fail("it answers with more than \(WitnessExchange.maximumAnswerByteCount) bytes")
                return context.close(promise: nil)
            }
            answer += buffer.readableBytesView
        case .end:
            promise.succeed(WitnessAnswer(status: status ?? 0, contentType: contentType, body: answer))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail("\(error)")
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        // Nothing, where the answer was whole.
        fail("it closed the connection before its answer was whole")
    }

    private func fail(_ why: String) { promise.fail(WitnessSubmission.unreachable(address, why)) }
}
