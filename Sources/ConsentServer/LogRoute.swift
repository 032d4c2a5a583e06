internal import ConsentAudit
internal import HTTPTypes
internal import Hummingbird
internal import LedgerCrypto
internal import NIOCore
internal import TransparencyLog

/// `GET /log/…`: the log as static files, exactly as C2SP tlog-tiles has them, and nothing else of the directory.
enum LogRoute {
    static let route = Route(
        method: .get, path: "/log/{path...}", operation: "log", roles: [.audit], isOfLog: true
    ) { exchange in
        try exchange.caller?.checkAll("the log")
        let path = exchange.parameters["path"] ?? ""
        guard path != keptCheckpoints + "/" else { return try await listOfCheckpoints(exchange.server.ledger) }
        guard let kind = LogFileKind(path: path) else {
            throw ServerError(.notFound, "this is no file of a log (C2SP tlog-tiles)")
        }
        let isPublic = exchange.server.configuration.isLogPublic
        let headers = exchange.request.headers
        let range = headers[.range]
        let wantsGzip = range == nil && kind.isCompressible && GzipEncoding.isAccepted(by: headers[.acceptEncoding])
        let log = exchange.server.ledger.log
        guard
            let file = try await exchange.server.ledger.blocking({
                try log.read(path).map { ServedFile($0, compressed: wantsGzip) }
            })
        else { throw ServerError(.notFound, "the log has no such file") }
        return try response(file, kind, headers, isPublic: isPublic)
    }

    private static let keptCheckpoints = "checkpoints"
    /// So many names are told at most, the last ones.
    private static let mostNames = 65_536

    /// The names of the kept checkpoints and their time stamps, a line each, for who mirrors the log.
    private static func listOfCheckpoints(_ ledger: ServedLedger) async throws -> Response {
        let names = try await ledger.blocking { [log = ledger.log] in
            try log.list(keptCheckpoints).filter { LogFileKind(path: "\(keptCheckpoints)/\($0)") != nil }.sorted()
        }
        return Response(text: names.suffix(mostNames).map { $0 + "\n" }.joined())
    }

    private static func response(
        _ file: ServedFile, _ kind: LogFileKind, _ asked: HTTPFields, isPublic: Bool
    ) throws -> Response {
        var headers: HTTPFields = [
            .contentType: kind.mediaType, .eTag: file.entityTag, .acceptRanges: "bytes",
            .cacheControl: kind.isImmutable
                ? "\(isPublic ? "public" : "private"), max-age=31536000, immutable" : "no-cache",
        ]
        if kind.isCompressible { headers[.vary] = "Accept-Encoding" }
        if file.isCompressed { headers[.contentEncoding] = "gzip" }
        if let known = asked[.ifNoneMatch], matches(known, file.entityTag) {
            var response = Response(status: .notModified, headers: headers)
            // Of nothing that is sent there is no length.
            response.headers[.contentLength] = nil
            return response
        }
        if let range = asked[.range], asked[.ifRange].map({ $0 == file.entityTag }) ?? true {
            switch ByteRange(header: range, count: file.bytes.count) {
            case .whole: break
            case .unsatisfiable: throw UnsatisfiableRange(count: file.bytes.count)
            case .part(let part):
                headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(file.bytes.count)"
                return Response(
                    status: .partialContent, headers: headers,
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes[part])))
            }
        }
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes)))
    }

    /// Whether a list of entity tags has this one, or all.
    private static func matches(_ header: String, _ tag: String) -> Bool {
        header.split(separator: ",").contains { item in
            var text = item.filter { $0 != " " && $0 != "\t" }[...]
            if text.hasPrefix("W/") { text = text.dropFirst(2) }
            return text == tag || text == "*"
        }
    }
}

/// A range that lies outside a file.
struct UnsatisfiableRange: ServerErrorCarrying {
    let count: Int

    var serverError: ServerError { ServerError(.rangeNotSatisfiable, "the file has \(count) bytes") }
}

/// A file as it is sent.
private struct ServedFile: Sendable {
    let bytes: [UInt8]
    let entityTag: String
    let isCompressed: Bool

    init(_ bytes: [UInt8], compressed wantsGzip: Bool) {
        let digest = Hexadecimal.encode(SHA256Digest(hashing: bytes).bytes.prefix(16))
        if wantsGzip, let shorter = GzipEncoding.compress(bytes) {
            self.bytes = shorter
            isCompressed = true
            entityTag = "\"\(digest)-gzip\""
        } else {
            self.bytes = bytes
            isCompressed = false
            entityTag = "\"\(digest)\""
        }
    }
}

/// What a path below `/log/` names; what is none of these is not there.
enum LogFileKind: Hashable, Sendable {
    /// The published checkpoint.
    case checkpoint
    /// The log's keys.
    case keys
    /// A hash tile, of full or partial width.
    case hashes
    /// A bundle of entries.
    case entries
    /// A text or a pack that records name by its hash.
    case object
    /// A checkpoint that was published before, to which cosignatures may still be added.
    case keptCheckpoint
    /// A time stamp of one.
    case timeStamp

    init?(path: String) {
        // A full tile has no W in the spec's path, and `Tile` reads exactly the paths that it has.
        if let tile = try? Tile(path: path) {
            self = if case .entries = tile.row { .entries } else { .hashes }
            return
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        switch parts.first {
        case "checkpoint" where parts.count == 1: self = .checkpoint
        case "log.vkey" where parts.count == 1: self = .keys
        case "object" where parts.count == 2 && Self.isDigest(parts[1]): self = .object
        case "checkpoints" where parts.count == 2:
            let names = parts[1].split(separator: ".", omittingEmptySubsequences: false)
            guard names[0].utf8.count == 20, names[0].utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
            if names.count == 1 {
                self = .keptCheckpoint
            } else if names.count == 3, Self.isDigest(names[1]), names[2] == "tsr" {
                self = .timeStamp
            } else {
                return nil
            }
        default: return nil
        }
    }

    private static func isDigest(_ text: Substring) -> Bool {
        Hexadecimal.decode(text)?.count == SHA256Digest.byteCount
    }

    var mediaType: String {
        switch self {
        case .checkpoint, .keys, .keptCheckpoint: "text/plain; charset=utf-8"
        case .hashes, .entries, .object: "application/octet-stream"
        case .timeStamp: "application/timestamp-reply"
        }
    }

    /// Whether the file never changes once it is there.
    var isImmutable: Bool {
        switch self {
        case .hashes, .entries, .object, .timeStamp: true
        case .checkpoint, .keys, .keptCheckpoint: false
        }
    }

    /// Whether compressing it is worth while; hashes are random.
    var isCompressible: Bool { self != .hashes && self != .timeStamp }
}

/// A Range header (RFC 9110, §14.2) of one range of bytes; of several, and of other units, the whole is sent.
enum ByteRange: Equatable {
    case whole
    case part(Range<Int>)
    case unsatisfiable

    init(header: String, count: Int) {
        self = .whole
        guard header.lowercased().hasPrefix("bytes=") else { return }
        let text = header.dropFirst("bytes=".count)
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }) else { return }
        // A number that is too large is beyond every end.
        func number(_ text: Substring) -> Int? { text.isEmpty ? nil : Int(text) ?? Int.max }
        switch (number(ends[0]), number(ends[1])) {
        case (let first?, let last):
            guard last.map({ first <= $0 }) ?? true else { return }
            self =
                first < count
                ? .part(first..<(last.map { min(count, $0 == .max ? count : $0 + 1) } ?? count)) : .unsatisfiable
        case (nil, let suffix?):
            self = suffix > 0 && count > 0 ? .part(max(0, count - suffix)..<count) : .unsatisfiable
        case (nil, nil): return
        }
    }
}
