internal import ConsentModel
internal import HTTPTypes
internal import LedgerCrypto
internal import Logging
internal import NIOCore
internal import NIOHTTP1

/// What HTTP/1.1 asks of a server before a request is read: it tells who waits for that to go on (RFC 9110, §10.1.1), and
/// answers what is no request with a problem, like every other error.
final class RequestFramingHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let parts: ServerParts
    /// How many requests came whole, less those that were answered.
    private var waiting = 0
    private var isAnswering = false
    /// Whether what came was no request, so that nothing more is answered.
    private var isOver = false

    init(_ parts: ServerParts) { self.parts = parts }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            let expects = head.headers[canonicalForm: "Expect"].contains { $0.lowercased() == "100-continue" }
            if expects, head.version == .http1_1, waiting == 0, !isAnswering {
                let goOn = HTTPResponseHead(version: .http1_1, status: .continue)
                context.writeAndFlush(wrapOutboundOut(.head(goOn)), promise: nil)
            }
        case .body: break
        case .end: waiting += 1
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isOver else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head: isAnswering = true
        case .body: break
        case .end:
            isAnswering = false
            waiting -= 1
        }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Where an answer is on its way, or due, this would be taken for it.
        guard let error = error as? HTTPParserError, waiting == 0, !isAnswering, !isOver else {
            return context.fireErrorCaught(error)
        }
        isOver = true
        let id = Hexadecimal.encode(parts.random.bytes(8))
        let problem = Problem(
            ServerError(
                .malformedRequest,
                error == .headerOverflow
                    ? "the header of the request is too large" : "what came is no request of HTTP/1.1 as it should be"))
        let body = ByteBuffer(string: problem.json(requestID: id).text + "\n")
        let head = HTTPResponseHead(
            version: .http1_1, status: .init(statusCode: problem.status.code),
            headers: [
                "Content-Type": Problem.mediaType, "Content-Length": "\(body.readableBytes)", "Connection": "close",
                "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Request-Id": id,
            ])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        parts.metrics.count("none", status: problem.status.code, milliseconds: 0)
        parts.logger.info(
            "request",
            metadata: [
                "operation": "none", "status": "\(problem.status.code)", "code": "\(problem.code)",
                "request-id": "\(id)",
            ])
        // At once, what is still sent would make the other side lose the answer.
        let channel = context.channel
        context.eventLoop.scheduleTask(in: ServerResponder.lingering) { channel.close(promise: nil) }
    }
}
