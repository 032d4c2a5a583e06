import Foundation
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A connection to a server on this machine, as bytes. Its calls block, but not for ever.
final class LoopbackConnection: Sendable {
    /// Nobody listens there.
    struct Refused: Error {}

    /// Nothing came for so long that nothing will.
    struct Silence: Error {}

    private let descriptor: Int32
    /// What came and was not taken yet.
    private let rest = Mutex<[UInt8]>([])

    /// Connects; with `receiveBuffer`, the system takes about so many bytes that are not read.
    init(port: UInt16, receiveBuffer: Int32? = nil) throws {
        guard let descriptor = Self.connected(port, receiveBuffer: receiveBuffer) else { throw Refused() }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Whether nobody listens there.
    static func isRefused(_ port: UInt16) -> Bool {
        guard let descriptor = connected(port, receiveBuffer: nil) else { return true }
        close(descriptor)
        return false
    }

    private static func connected(_ port: UInt16, receiveBuffer: Int32?) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        // A server that shares two cores with all other tests may take its time.
        var limit = timeval(tv_sec: 300, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        if var size = receiveBuffer {
            // Before it connects: the window that the other side sees is made then.
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// Sends all of `text`; returns how many bytes went before the other side ended, which may be all.
    @discardableResult
    func send(_ text: String) -> Int {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }
            sent += count
        }
        return sent
    }

    /// Says that nothing more comes.
    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// What comes next, up to and with `end`. Throws `Silence`, also where the other side ends before.
    func received(to end: String) throws -> String {
        let end = Array(end.utf8)
        while true {
            let found = rest.withLock { rest -> [UInt8]? in
                guard let range = rest.firstRange(of: end) else { return nil }
                defer { rest.removeFirst(range.upperBound) }
                return Array(rest[..<range.upperBound])
            }
            if let found { return String(decoding: found, as: UTF8.self) }
            guard try receive() else { throw Silence() }
        }
    }

    /// All that comes until the other side ends. Throws `Silence` where it does not.
    func receivedToEnd() throws -> String {
        while try receive() {}
        return rest.withLock { rest in
            defer { rest = [] }
            return String(decoding: rest, as: UTF8.self)
        }
    }

    /// Waits for some bytes; says whether there may be more.
    private func receive() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0, errno == EAGAIN { throw Silence() }
        guard count > 0 else { return false }
        rest.withLock { $0 += buffer.prefix(count) }
        return true
    }
}

/// Runs what blocks on a thread of its own: those of Swift's concurrency are few, and a server in this process needs them.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result { try body() }) }.start()
    }
}
