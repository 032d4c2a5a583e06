internal import ConsentModel

/// Things of one kind as `list` subcommands print them: a table or, with `--json`, an array.
struct Listing<Item> {
    private let items: [Item]
    private let columns: [(name: String, text: (Item) -> String)]
    private let json: (Item) -> JSON

    /// The columns of the table from the left, each with its heading; and the object that an item is in JSON.
    init(_ items: [Item], _ columns: [(name: String, text: (Item) -> String)], json: @escaping (Item) -> JSON) {
        self.items = items
        self.columns = columns
        self.json = json
    }

    /// Prints it; `sentence` in place of a table without rows.
    func print(json isJSON: Bool, orIfEmpty sentence: @autoclosure () -> String) {
        guard !isJSON else { return consent.print(JSON.array(items.map(json)).text) }
        var table = TextTable(columns.map(\.name))
        for item in items { table.add(columns.map { $0.text(item) }) }
        table.print(orIfEmpty: sentence())
    }
}
