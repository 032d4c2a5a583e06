internal import NIOCore
internal import NIOHTTP1

/// Puts the handlers that look at versions and framing where those are still seen: a server's own handlers come after.
final class FramingPlacement: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let parts: ServerParts

    init(_ parts: ServerParts) { self.parts = parts }

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        do {
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandlers(RequestFramingHandler(parts), HTTP10Handler(), position: .after(decoder))
        } catch {
            context.fireErrorCaught(error)
        }
    }
}
