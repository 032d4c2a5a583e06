import ConsentLedger

/// Every item of `bytes`, fed to `parser` in chunks of `size` bytes.
func items(
    _ parser: some ImportParser, _ bytes: [UInt8], chunk size: Int = 65_536
) throws(ImportError) -> [ImportItem] {
    var parser = parser
    var items: [ImportItem] = []
    var start = 0
    while start < bytes.count {
        let end = min(start + size, bytes.count)
        items += try parser.items(in: Array(bytes[start..<end]))
        start = end
    }
    return items + (try parser.finish())
}

func items(_ parser: some ImportParser, _ text: String) throws(ImportError) -> [ImportItem] {
    try items(parser, Array(text.utf8))
}

/// Items with everything that they say: two errors are equal when their codes are, so that `==` is not enough.
func dump(_ items: [ImportItem]) -> String { items.map { "\($0)" }.joined(separator: "\n") }

extension ImportItem {
    var rejection: ImportError? { if case .rejected(let error) = intent { error } else { nil } }

    var isNothing: Bool { if case .nothing = intent { true } else { false } }

    func privateValue(_ name: String) -> String? { privateFields.first { $0.name == name }?.value }
}
