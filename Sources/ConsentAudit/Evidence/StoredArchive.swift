/// Bytes that are read by range: a file, or memory.
public protocol ByteSource {
    /// How many there are.
    var byteCount: UInt64 { get }
    /// `count` bytes from `offset` on, all of which are there. Throws where reading fails.
    func read(at offset: UInt64, count: Int) throws -> [UInt8]
}

/// Bytes in memory.
public struct MemorySource: ByteSource {
    private let bytes: [UInt8]

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public var byteCount: UInt64 { UInt64(bytes.count) }

    public func read(at offset: UInt64, count: Int) throws -> [UInt8] {
        Array(bytes[Int(offset)..<Int(offset) + count])
    }
}

/// A file that is to be put into an archive. Its content is given piece by piece, as often as it is asked for.
public struct ArchivedFile {
    let name: String
    let byteCount: UInt64
    let read: (_ body: ([UInt8]) throws -> Void) throws -> Void

    /// A file whose content `read` gives, which must have `byteCount` bytes each time.
    init(_ name: String, byteCount: UInt64, read: @escaping (_ body: ([UInt8]) throws -> Void) throws -> Void) {
        self.name = name
        self.byteCount = byteCount
        self.read = read
    }

    /// A file in memory.
    public init(_ name: String, _ bytes: [UInt8]) {
        self.init(name, byteCount: UInt64(bytes.count)) { try $0(bytes) }
    }
}

/// A ZIP archive in the one form that evidence bundles have (SPEC.md, “Evidence bundles”; PKWARE's APPNOTE.TXT 6.3.10):
/// entries are stored as they are, one after the other, with one date, and nothing is in it that does not follow from
/// their names and bytes. What reads it makes the same headers again and compares, so that a name that leads elsewhere, a
/// name twice, a gap, compressed bytes that grow, and bytes before or after are no archive.
public struct StoredArchive {
    /// An entry: its name and where its bytes are.
    public struct Entry: Hashable, Sendable {
        public let name: String
        /// How many bytes it has.
        public let byteCount: UInt64
        let checksum: UInt32
        /// Where its bytes begin.
        let offset: UInt64
    }

    /// The most entries; what ZIP without its 64-bit extension can say.
    public static let mostEntries = 65_535
    /// The largest archive, in bytes.
    public static let mostBytes: UInt64 = 0xffff_ffff
    /// The largest file of a bundle, in bytes.
    static let mostFileBytes = 1 << 28
    /// The longest name, in bytes.
    public static let mostNameBytes = 255

    /// The entries, in their order.
    public let entries: [Entry]
    private let source: any ByteSource
    private let byName: [String: Int]

    /// Reads the directory of an archive. Throws `notEvidence` unless the headers are in the one form that they can have;
    /// whether an entry's bytes are those of its checksum is asked when they are read.
    public init(reading source: any ByteSource) throws {
        let count = source.byteCount
        guard count >= UInt64(ArchiveHeader.endByteCount), count <= Self.mostBytes else {
            throw Self.malformed("it has \(count) bytes")
        }
        let end = try source.read(
            at: count - UInt64(ArchiveHeader.endByteCount), count: ArchiveHeader.endByteCount)
        let entryCount = Int(end[10]) | Int(end[11]) << 8
        let directoryByteCount = ArchiveHeader.number(end[12..<16])
        let directoryOffset = ArchiveHeader.number(end[16..<20])
        guard
            end
                == ArchiveHeader.end(
                    entryCount: entryCount, directoryByteCount: directoryByteCount, directoryOffset: directoryOffset),
            directoryOffset + directoryByteCount + UInt64(ArchiveHeader.endByteCount) == count
        else { throw Self.malformed("its last \(ArchiveHeader.endByteCount) bytes are not the end of such an archive") }
        // A file may claim what it has not: nothing is read that so many entries cannot fill.
        let mostDirectoryBytes = UInt64(entryCount) * UInt64(ArchiveHeader.directoryByteCount + Self.mostNameBytes)
        guard directoryByteCount <= mostDirectoryBytes else {
            throw Self.malformed("its directory has more bytes than \(entryCount) entries can have")
        }
        let directory = try source.read(at: directoryOffset, count: Int(directoryByteCount))
        var entries: [Entry] = []
        var position = 0
        var offset: UInt64 = 0
        for number in 0..<entryCount {
            guard position + ArchiveHeader.directoryByteCount <= directory.count else {
                throw Self.malformed("its directory ends within entry \(number + 1)")
            }
            let header = directory[position..<position + ArchiveHeader.directoryByteCount]
            func field(_ at: Int, _ size: Int) -> UInt64 {
                ArchiveHeader.number(header[header.startIndex + at..<header.startIndex + at + size])
            }
            let nameByteCount = Int(field(28, 2))
            let nameStart = position + ArchiveHeader.directoryByteCount
            guard nameStart + nameByteCount <= directory.count else {
                throw Self.malformed("its directory ends within entry \(number + 1)")
            }
            let nameBytes = directory[nameStart..<nameStart + nameByteCount]
            guard Self.isName(nameBytes) else {
                throw Self.malformed("entry \(number + 1) has a name that none of its files has")
            }
            let name = String(decoding: nameBytes, as: UTF8.self)
            let (checksum, size) = (UInt32(field(16, 4)), field(24, 4))
            let due = ArchiveHeader.directory(name, checksum: checksum, byteCount: size, offset: offset)
            guard directory[position..<nameStart + nameByteCount].elementsEqual(due) else {
                throw Self.malformed("the directory's entry “\(name)” has another form than it can have")
            }
            let local = ArchiveHeader.local(name, checksum: checksum, byteCount: size)
            guard offset + UInt64(local.count) + size <= directoryOffset,
                try source.read(at: offset, count: local.count) == local
            else { throw Self.malformed("the entry “\(name)” does not begin where it must, or not as it must") }
            entries.append(
                Entry(name: name, byteCount: size, checksum: checksum, offset: offset + UInt64(local.count)))
            offset += UInt64(local.count) + size
            position = nameStart + nameByteCount
        }
        guard offset == directoryOffset, position == directory.count else {
            throw Self.malformed("there are bytes between its entries and its end that belong to none")
        }
        var byName: [String: Int] = [:]
        for (position, entry) in entries.enumerated() {
            guard byName.updateValue(position, forKey: entry.name) == nil else {
                throw Self.malformed("“\(entry.name)” is in it twice")
            }
        }
        self.entries = entries
        self.source = source
        self.byName = byName
    }

    /// The entry of that name, if there is one.
    public subscript(name: String) -> Entry? { byName[name].map { entries[$0] } }

    /// The bytes of an entry; `nil` if they are not those of its checksum. Throws `tooLarge` over `most`.
    public func bytes(of entry: Entry, most: Int) throws -> [UInt8]? {
        guard entry.byteCount <= UInt64(most) else {
            throw AuditError(
                .tooLarge, "“\(entry.name)” has \(entry.byteCount) bytes, and at most \(most) are read of such a file")
        }
        let bytes = try source.read(at: entry.offset, count: Int(entry.byteCount))
        return CyclicRedundancyCheck.of(bytes) == entry.checksum ? bytes : nil
    }

    /// Gives the bytes of an entry to `body`, piece by piece, and says whether they are those of its checksum.
    func read(_ entry: Entry, _ body: ([UInt8]) throws -> Void) throws -> Bool {
        var check = CyclicRedundancyCheck()
        var done: UInt64 = 0
        while done < entry.byteCount {
            let piece = try source.read(
                at: entry.offset + done, count: Int(min(Self.pieceByteCount, entry.byteCount - done)))
            check.update(piece)
            try body(piece)
            done += UInt64(piece.count)
        }
        return check.value == entry.checksum
    }

    /// The archive of files in their order. Throws as `write`.
    public static func bytes(of files: [(name: String, bytes: [UInt8])]) throws -> [UInt8] {
        var archive: [UInt8] = []
        try write(files.map { ArchivedFile($0.name, $0.bytes) }) { archive += $0 }
        return archive
    }

    /// Gives the archive of files in their order to `body`, piece by piece: each content is read twice, since its checksum
    /// stands before it. Throws `tooLarge` for more than ZIP can say, `notEvidence` for names that no entry may have,
    /// `damaged` for a content of another size than it should have, and what reading the contents and `body` throw.
    public static func write(_ files: [ArchivedFile], to body: ([UInt8]) throws -> Void) throws {
        guard files.count <= mostEntries else {
            throw AuditError(
                .tooLarge, "a bundle has at most \(mostEntries) files, and this one would have \(files.count)")
        }
        let total = files.reduce(UInt64(ArchiveHeader.endByteCount)) {
            $0 + $1.byteCount + UInt64(2 * $1.name.utf8.count) + 76
        }
        guard total <= mostBytes else {
            throw AuditError(
                .tooLarge,
                "a bundle has at most \(mostBytes) bytes, and this one would have \(total); leave attachments out of it"
            )
        }
        var directory: [UInt8] = []
        var offset: UInt64 = 0
        for file in files {
            guard isName(file.name.utf8) else { throw malformed("no entry can be named “\(file.name)”") }
            var check = CyclicRedundancyCheck()
            try file.read { check.update($0) }
            let local = ArchiveHeader.local(file.name, checksum: check.value, byteCount: file.byteCount)
            directory += ArchiveHeader.directory(
                file.name, checksum: check.value, byteCount: file.byteCount, offset: offset)
            try body(local)
            var count: UInt64 = 0
            try file.read {
                count += UInt64($0.count)
                try body($0)
            }
            guard count == file.byteCount else {
                throw AuditError(
                    .damaged, "“\(file.name)” has \(count) bytes, and should have \(file.byteCount)")
            }
            offset += UInt64(local.count) + count
        }
        try body(
            directory
                + ArchiveHeader.end(
                    entryCount: files.count, directoryByteCount: UInt64(directory.count), directoryOffset: offset))
    }

    /// How much of a content is read at a time.
    private static let pieceByteCount: UInt64 = 1 << 20

    /// Whether an entry may have that name: letters, digits, points, hyphens and underscores, in folders.
    private static func isName(_ name: some Collection<UInt8>) -> Bool {
        guard 1...mostNameBytes ~= name.count else { return false }
        let parts = name.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.allSatisfy { part in
            guard let first = part.first, first != UInt8(ascii: ".") else { return false }
            return part.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
        }
    }

    private static func malformed(_ reason: String) -> AuditError {
        AuditError(
            .notEvidence, "this is not an evidence bundle as they are written: \(reason); get it again from who made it"
        )
    }
}

/// The headers of a ZIP archive with stored entries (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16); numbers are little-endian.
private enum ArchiveHeader {
    static let directoryByteCount = 46
    static let endByteCount = 22
    /// 1 January 1980, the first day that ZIP can say: an archive tells nothing of when it was made.
    private static let date: UInt64 = 0x0021
    private static let version: UInt64 = 10
    /// Made on Unix, so that the mode counts.
    private static let madeBy: UInt64 = 3 << 8 | version
    /// A regular file, 0644.
    private static let mode: UInt64 = 0o100_644 << 16

    static func local(_ name: String, checksum: UInt32, byteCount: UInt64) -> [UInt8] {
        var bytes = Array("PK\u{3}\u{4}".utf8)
        bytes += common(checksum: checksum, byteCount: byteCount, name)
        return bytes + name.utf8
    }

    static func directory(_ name: String, checksum: UInt32, byteCount: UInt64, offset: UInt64) -> [UInt8] {
        var bytes = Array("PK\u{1}\u{2}".utf8) + little(madeBy, 2)
        bytes += common(checksum: checksum, byteCount: byteCount, name)
        // No comment, disk 0, no internal attributes.
        bytes += little(0, 6) + little(mode, 4) + little(offset, 4)
        return bytes + name.utf8
    }

    static func end(entryCount: Int, directoryByteCount: UInt64, directoryOffset: UInt64) -> [UInt8] {
        Array("PK\u{5}\u{6}".utf8) + little(0, 4) + little(UInt64(entryCount), 2) + little(UInt64(entryCount), 2)
            + little(directoryByteCount, 4) + little(directoryOffset, 4) + little(0, 2)
    }

    /// What the two headers of an entry share: no flags, stored, the date, and no extra field.
    private static func common(checksum: UInt32, byteCount: UInt64, _ name: String) -> [UInt8] {
        little(version, 2) + little(0, 6) + little(date, 2) + little(UInt64(checksum), 4) + little(byteCount, 4)
            + little(byteCount, 4) + little(UInt64(name.utf8.count), 2) + little(0, 2)
    }

    private static func little(_ number: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { $0 < 8 ? UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) : 0 }
    }

    static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
}

/// The checksum of ZIP (ISO 3309, APPNOTE.TXT 4.4.7).
struct CyclicRedundancyCheck {
    private var state: UInt32 = ~0

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
    }

    /// Of all bytes so far.
    var value: UInt32 { ~state }

    mutating func update(_ bytes: [UInt8]) {
        let start = state
        state = Self.table.withUnsafeBufferPointer { table in
            bytes.reduce(start) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
        }
    }

    static func of(_ bytes: [UInt8]) -> UInt32 {
        var check = Self()
        check.update(bytes)
        return check.value
    }
}
