internal import ConsentAudit

/// The page that asks who opened a link whether they mean it, and the one that says that it is done.
struct UnsubscribePage {
    static let languages = ["en", "es"]

    private struct Texts {
        let title: String
        let question: String
        let button: String
        let done: String
    }

    private static let texts = [
        "en": Texts(
            title: "Stop e-mails", question: "Do you want %1 to send you no more e-mails of this kind?",
            button: "Yes, stop them", done: "Done: %1 has been told, and sends you no more e-mails of this kind."),
        "es": Texts(
            title: "No recibir más correos", question: "¿Quiere que %1 no le envíe más correos de este tipo?",
            button: "Sí, no me los envíen", done: "Hecho: %1 lo sabe, y no le enviará más correos de este tipo."),
    ]

    /// The page, as HTML.
    let html: String

    /// Of the business that people know as `name`; `isDone` once the opt-out is recorded.
    init(_ name: String, language: String, isDone: Bool) {
        let texts = Self.texts[language] ?? Self.texts["en"]!
        let sentence = HTMLText.escaped((isDone ? texts.done : texts.question).replacing("%1", with: name))
        // What is sent is what a mail program sends (RFC 8058), so that there is one way.
        let form =
            isDone
            ? ""
            : """
            <form method="post"><button name="List-Unsubscribe" value="One-Click">\(HTMLText.escaped(texts.button))\
            </button></form>

            """
        html = """
            <!DOCTYPE html>
            <html lang="\(language)">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" \
            content="noindex"><title>\(HTMLText.escaped(texts.title))</title></head>
            <body><main><h1>\(HTMLText.escaped(texts.title))</h1>
            <p>\(sentence)</p>
            \(form)</main></body>
            </html>

            """
    }
}
