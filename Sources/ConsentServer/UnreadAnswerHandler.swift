internal import NIOCore

/// Closes a connection whose client does not read what it asked for, so that it does not keep a place for ever: when what
/// waits to be sent was too much all along the time that a request may take.
final class UnreadAnswerHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let longest: TimeAmount
    private var closing: Scheduled<Void>?

    init(longest: TimeAmount) { self.longest = longest }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        closing?.cancel()
        closing = nil
        let channel = context.channel
        if !channel.isWritable {
            closing = context.eventLoop.scheduleTask(in: longest) { channel.close(promise: nil) }
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        closing?.cancel()
        closing = nil
        context.fireChannelInactive()
    }
}
