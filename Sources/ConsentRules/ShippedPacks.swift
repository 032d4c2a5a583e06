/// The rule packs that come with this software. None counts before a business adopts it.
public enum ShippedPacks {
    /// Their names, in ascending order.
    public static var names: [String] { ShippedPackTexts.all.map(\.name) }

    /// The JSON of the pack of that name, `ledger/packs/NAME.json` byte for byte; `nil` if there is none.
    public static func text(of name: String) -> [UInt8]? {
        ShippedPackTexts.all.first { $0.name == name }.map { Array($0.text.utf8) }
    }
}
