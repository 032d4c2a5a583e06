internal import ConsentAudit
internal import Mustache

/// The pages' templates, and what makes pages of them.
enum ConsoleTemplates {
    /// What a template is given, by names.
    typealias Values = [String: Any]

    /// What went wrong with a form: the name of a text, the field that is wrong if it is one, and what is said in English
    /// besides.
    struct Fault: Sendable {
        let name: String
        var field: String?
        var detail: String?
    }

    /// Fills a template. Every text that is not within three braces is escaped as the pages of evidence escape it.
    static func page(_ name: String, _ values: Values) -> String {
        library.render(values, withTemplate: name) ?? ""
    }

    /// A text of several lines, escaped, for three braces: its ends of lines are what nobody sees, and are to be ends of lines.
    static func escapedLines(_ text: String) -> String {
        text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map {
            HTMLText.escaped(String($0.last == "\r" ? $0.dropLast() : $0))
        }.joined(separator: "\n")
    }

    private struct Escaping: MustacheContentType {
        func escapeText(_ text: String) -> String { HTMLText.escaped(text) }
    }

    /// The library's own escaping goes by grapheme, and misses a `"` or `<` before a combining character; and a partial begins
    /// with it again. So every template says which escaping is ours.
    private static let library: MustacheLibrary = {
        MustacheContentTypes.register(Escaping(), named: "CONSOLE")
        do {
            return MustacheLibrary(
                templates: try all.mapValues { try MustacheTemplate(string: "{{% CONTENT_TYPE: CONSOLE }}\n" + $0) })
        } catch { fatalError("a template of the console cannot be read: \(error)") }
    }()

    /// The templates by name. A name within two braces is a value, and one that begins with `t.` a text.
    static let all = [
        "frame": """
        <!DOCTYPE html>
        <html lang="{{language}}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        {{#refresh}}
        <meta http-equiv="refresh" content="{{seconds}}">
        {{/refresh}}
        <title>{{#isWrong}}{{t.title-wrong}} {{/isWrong}}{{heading}} · {{t.name}}</title>
        <link rel="stylesheet" href="/console/style.css">
        <link rel="icon" href="/console/icon.svg" type="image/svg+xml">
        </head>
        <body>
        <header>
        <a class="skip" href="#main">{{t.skip}}</a>
        {{#isTest}}
        <p class="test"><strong>{{t.test-mark}}</strong> {{t.test}}</p>
        {{/isTest}}
        <div class="bar">
        <p class="name">{{t.name}}</p>
        {{#isSignedIn}}
        <nav aria-label="{{t.pages}}">
        <ul>
        {{#links}}
        <li>{{#isHere}}<a href="{{href}}" aria-current="page">{{label}}</a>{{/isHere}}{{^isHere}}<a href="{{href}}">{{label}}</a>{{/isHere}}</li>
        {{/links}}
        </ul>
        </nav>
        <form method="post" action="/console/sign-out">
        <input type="hidden" name="form-key" value="{{formKey}}">
        <button class="plain">{{t.sign-out}}</button>
        </form>
        {{/isSignedIn}}
        </div>
        </header>
        <main id="main" tabindex="-1">
        {{{body}}}
        </main>
        <footer>
        <form method="post" action="/console/language">
        <input type="hidden" name="form-key" value="{{formKey}}">
        <input type="hidden" name="page" value="{{returnTo}}">
        {{#languages}}
        {{#isChosen}}<button class="plain" name="language" value="{{code}}" lang="{{code}}" aria-current="true">{{own}}</button>{{/isChosen}}{{^isChosen}}<button class="plain" name="language" value="{{code}}" lang="{{code}}">{{own}}</button>{{/isChosen}}
        {{/languages}}
        </form>
        <p>{{t.ledger}} <bdi>{{origin}}</bdi></p>
        {{#isSignedIn}}
        <p>{{t.signed-in-as}} <bdi>{{tokenLabel}}</bdi> (<bdi>{{tokenID}}</bdi>)</p>
        {{/isSignedIn}}
        </footer>
        </body>
        </html>

        """,
        "words":
            "{{#pieces}}{{#isValue}}<bdi>{{text}}</bdi>{{/isValue}}{{^isValue}}{{text}}{{/isValue}}{{/pieces}}",
        "facts": """
        <dl class="facts">
        {{#facts}}
        <div><dt>{{term}}</dt><dd>{{#link}}<a href="/console/people/{{handle}}">{{>words}}</a>{{/link}}{{^link}}{{>words}}{{/link}}</dd></div>
        {{/facts}}
        </dl>

        """,
        "fault": """
        {{#fault}}
        {{#isOfForm}}
        <div id="fault" class="message no" role="alert" tabindex="-1" autofocus="">
        <p>{{saying}}</p>
        {{>detail}}
        </div>
        {{/isOfForm}}
        {{^isOfForm}}
        <div id="fault" class="message no" role="alert">
        <p>{{saying}}</p>
        {{>detail}}
        </div>
        {{/isOfForm}}
        {{/fault}}

        """,
        "detail": """
        {{#hasDetail}}
        {{#isForeign}}
        <details>
        <summary>{{t.in-english}}</summary>
        <p lang="en"><bdi>{{detail}}</bdi></p>
        </details>
        {{/isForeign}}
        {{^isForeign}}
        <p><bdi>{{detail}}</bdi></p>
        {{/isForeign}}
        {{/hasDetail}}

        """,
        "sideways": """
        <p class="hint sideways">{{t.sideways}}</p>

        """,
        "sign-in": """
        <h1>{{heading}}</h1>
        {{>fault}}
        <p>{{t.sign-in-about}}</p>
        <form method="post" action="/console/sign-in" class="panel">
        <input type="hidden" name="form-key" value="{{formKey}}">
        <input type="hidden" name="page" value="{{goal}}">
        <p><label for="token">{{t.token}}</label>
        <input id="token" name="token" type="password" required="" autocomplete="current-password" spellcheck="false" maxlength="200"{{#wrong-token}} aria-describedby="fault"{{#isRefused}} aria-invalid="true"{{/isRefused}} autofocus=""{{/wrong-token}}></p>
        <p><button>{{t.sign-in}}</button></p>
        </form>
        {{#life}}
        <p class="hint">{{>words}}</p>
        {{/life}}

        """,
        "start": """
        <h1>{{heading}}</h1>
        <h2>{{t.you-may}}</h2>
        <ul class="choices">
        {{#choices}}
        <li><a href="{{href}}">{{label}}</a> <span>{{about}}</span></li>
        {{/choices}}
        </ul>
        <h2>{{t.businesses}}</h2>
        {{#hasBusinesses}}
        <ul>
        {{#businesses}}
        <li><bdi>{{name}}</bdi> (<bdi>{{id}}</bdi>)</li>
        {{/businesses}}
        </ul>
        {{/hasBusinesses}}
        {{^hasBusinesses}}
        <p>{{t.no-businesses}}</p>
        {{/hasBusinesses}}
        <h2>{{t.your-token}}</h2>
        {{>facts}}
        {{#life}}
        <p class="hint">{{>words}}</p>
        {{/life}}

        """,
        "find": """
        <h1>{{heading}}</h1>
        {{>fault}}
        {{#nobody}}
        <p class="message wait" role="status">{{>words}}</p>
        {{/nobody}}
        {{#others}}
        <p><a href="/console/people/{{handle}}"><bdi>{{handle}}</bdi></a></p>
        {{/others}}
        <form method="post" action="/console/find" class="panel">
        <input type="hidden" name="form-key" value="{{formKey}}">
        <p><label for="business">{{t.business}}</label>
        <select id="business" name="business">
        {{#businesses}}
        {{#isChosen}}<option value="{{id}}" selected="selected">{{name}}</option>{{/isChosen}}{{^isChosen}}<option value="{{id}}">{{name}}</option>{{/isChosen}}
        {{/businesses}}
        </select></p>
        <p><label for="contact">{{t.address}}</label>
        <input id="contact" name="contact" type="text" required="" autocomplete="off" spellcheck="false" maxlength="320" value="{{typed}}" aria-describedby="{{#wrong-contact}}fault {{/wrong-contact}}contact-about"{{#wrong-contact}} aria-invalid="true" autofocus=""{{/wrong-contact}}>
        <span id="contact-about" class="hint">{{t.address-about}}</span></p>
        <p><button>{{t.find}}</button></p>
        </form>

        """,
        "person": """
        <h1>{{t.person}} <bdi>{{contact}}</bdi></h1>
        {{#isShared}}
        <p class="message wait">{{t.shared}}</p>
        {{/isShared}}
        {{#holds}}
        <p class="message wait">{{>words}}</p>
        {{/holds}}
        {{>facts}}
        {{#related}}
        {{>facts}}
        {{/related}}
        {{#mayDecide}}
        <h2 id="answers">{{answersTitle}}</h2>
        {{#isUnclear}}
        <p class="message no">{{t.ask-unclear}}</p>
        {{/isUnclear}}
        {{^isUnclear}}
        <p>{{>asked}}</p>
        {{#isClosed}}
        <p class="message no">{{closedText}}</p>
        {{/isClosed}}
        {{^isClosed}}
        {{>sideways}}
        <div class="wide" role="region" aria-labelledby="answers" tabindex="0">
        <table>
        <thead><tr><th scope="col">{{t.category}}</th><th scope="col">{{t.channel}}</th><th scope="col">{{t.answer}}</th><th scope="col">{{t.why}}</th></tr></thead>
        <tbody>
        {{#answers}}
        <tr><th scope="row"><bdi>{{category}}</bdi></th><td>{{channel}}</td><td><span class="outcome {{style}}">{{outcome}}</span></td><td>{{#unanswered}}<p>{{saying}}</p>{{>detail}}{{/unanswered}}{{#reasons}}<p>{{meaning}}{{#records}} <a href="{{href}}">{{link}}</a>{{/records}}{{#elsewhere}} <span class="rule">{{>words}}</span>{{/elsewhere}}{{#rules}} <span class="rule">{{>words}}</span>{{/rules}}</p>{{/reasons}}{{#until}}<p>{{>words}}</p>{{/until}}</td></tr>
        {{/answers}}
        </tbody>
        </table>
        </div>
        {{/isClosed}}
        {{/isUnclear}}
        {{>ask}}
        {{/mayDecide}}
        <h2 id="timeline">{{t.timeline}}</h2>
        {{>turns}}
        <ol class="timeline">
        {{#events}}
        <li id="record-{{index}}" class="{{style}}">
        <h3>{{type}}</h3>
        {{>facts}}
        {{#hasFields}}
        <details>
        <summary>{{t.as-recorded}}</summary>
        <dl class="facts">
        {{#fields}}
        <div><dt lang="en">{{field}}</dt><dd><bdi>{{value}}</bdi></dd></div>
        {{/fields}}
        </dl>
        </details>
        {{/hasFields}}
        </li>
        {{/events}}
        </ol>
        {{>turns}}
        {{#mayTake}}
        <h2>{{t.papers}}</h2>
        <form method="post" action="/console/people/{{handle}}/evidence">
        <input type="hidden" name="form-key" value="{{formKey}}">
        <input type="hidden" name="why" value="{{why}}">
        <p>{{t.evidence-about}}</p>
        <p><button>{{t.evidence-get}}</button></p>
        </form>
        {{#hasAddress}}
        <form method="post" action="/console/people/{{handle}}/receipt">
        <input type="hidden" name="form-key" value="{{formKey}}">
        <input type="hidden" name="why" value="{{why}}">
        <p>{{t.receipt-about}}</p>
        <p><button>{{t.receipt-get}}</button></p>
        </form>
        {{/hasAddress}}
        {{/mayTake}}
        {{#mayErase}}
        <p><a class="danger" href="/console/people/{{handle}}/erase">{{t.erase-this}}</a></p>
        {{/mayErase}}

        """,
        "asked": "{{#asked}}{{>words}}{{/asked}}",
        "ask": """
        {{#isShut}}
        <form method="post" action="/console/people/{{handle}}/legal" class="panel">
        <input type="hidden" name="form-key" value="{{formKey}}">
        <input type="hidden" name="why" value="{{why}}">
        {{>ask-fields}}
        </form>
        {{/isShut}}
        {{^isShut}}
        <form method="get" action="/console/people/{{handle}}" class="panel">
        {{>ask-fields}}
        </form>
        {{/isShut}}

        """,
        "ask-fields": """
        <fieldset class="ask">
        <legend>{{t.ask}}</legend>
        <p><label for="at">{{t.ask-at}}</label>
        {{#wrong-at}}
        <span id="at-wrong" class="wrong">{{t.ask-time-wrong}}</span>
        {{/wrong-at}}
        <input id="at" name="at" type="text" autocomplete="off" spellcheck="false" maxlength="40" value="{{typedAt}}" aria-describedby="{{#wrong-at}}at-wrong {{/wrong-at}}at-about"{{#wrong-at}} aria-invalid="true"{{/wrong-at}}{{#focus-at}} autofocus=""{{/focus-at}}>
        <span id="at-about" class="hint">{{t.ask-at-about}}</span></p>
        <p><label for="known-at">{{t.ask-known-at}}</label>
        {{#wrong-known-at}}
        <span id="known-at-wrong" class="wrong">{{t.ask-time-wrong}}</span>
        {{/wrong-known-at}}
        <input id="known-at" name="known-at" type="text" autocomplete="off" spellcheck="false" maxlength="40" value="{{typedKnownAt}}" aria-describedby="{{#wrong-known-at}}known-at-wrong {{/wrong-known-at}}known-at-about"{{#wrong-known-at}} aria-invalid="true"{{/wrong-known-at}}{{#focus-known-at}} autofocus=""{{/focus-known-at}}>
        <span id="known-at-about" class="hint">{{t.ask-known-at-about}}</span></p>
        {{#hasSenders}}
        <p><label for="sender">{{t.ask-sender}}</label>
        {{#wrong-sender}}
        <span id="sender-wrong" class="wrong">{{t.ask-sender-wrong}}</span>
        {{/wrong-sender}}
        <select id="sender" name="sender"{{#wrong-sender}} aria-describedby="sender-wrong" aria-invalid="true"{{/wrong-sender}}{{#focus-sender}} autofocus=""{{/focus-sender}}>
        <option value="">{{t.ask-any-sender}}</option>
        {{#senders}}
        {{#isChosen}}<option value="{{id}}" selected="selected">{{label}}</option>{{/isChosen}}{{^isChosen}}<option value="{{id}}">{{label}}</option>{{/isChosen}}
        {{/senders}}
        </select></p>
        {{/hasSenders}}
        {{^hasSenders}}
        {{#wrong-sender}}
        <p class="wrong">{{t.ask-sender-wrong}}</p>
        {{/wrong-sender}}
        {{/hasSenders}}
        <p><button>{{t.ask-this}}</button>{{#isAsked}}{{^isShut}} <a href="/console/people/{{handle}}">{{t.ask-now}}</a>{{/isShut}}{{/isAsked}}</p>
        </fieldset>

        """,
        "turns": """
        {{#part}}
        <p>{{>words}}</p>
        {{/part}}
        {{#turns}}
        {{#isShut}}
        <form method="post" action="/console/people/{{handle}}/legal">
        <input type="hidden" name="form-key" value="{{formKey}}">
        <input type="hidden" name="why" value="{{why}}">
        {{#fields}}
        <input type="hidden" name="{{name}}" value="{{value}}">
        {{/fields}}
        <p><button class="plain">{{label}}</button></p>
        </form>
        {{/isShut}}
        {{^isShut}}
        <p><a href="{{href}}">{{label}}</a></p>
        {{/isShut}}
        {{/turns}}

        """,
        "gone": """
        <h1>{{heading}}</h1>
        {{#gone}}
        <p class="message wait">{{>words}}</p>
        {{/gone}}
        <p><a href="/console/find">{{t.find-another}}</a></p>

        """,
        "shut": """
        <h1>{{heading}}</h1>
        {{>fault}}
        <p>{{t.shut}}</p>
        {{#isLegal}}
        <form method="post" action="/console/people/{{handle}}/legal" class="panel">
        <input type="hidden" name="form-key" value="{{formKey}}">
        <p><label for="why">{{t.legal-why}}</label>
        <input id="why" name="why" type="text" required="" maxlength="500" autocomplete="off" aria-describedby="{{#wrong-why}}fault {{/wrong-why}}why-about"{{#wrong-why}} aria-invalid="true" autofocus=""{{/wrong-why}}>
        <span id="why-about" class="hint">{{t.legal-about}}</span></p>
        <p><button>{{t.legal-look}}</button></p>
        </form>
        {{/isLegal}}
        {{#mayErase}}
        <p><a class="danger" href="/console/people/{{handle}}/erase">{{t.erase-this}}</a></p>
        {{/mayErase}}

        """,
        "erase": """
        <h1>{{heading}}</h1>
        {{>fault}}
        <p class="message no">{{t.erase-about}}</p>
        {{>facts}}
        <form method="post" action="/console/people/{{handle}}/erase" class="panel">
        <input type="hidden" name="form-key" value="{{formKey}}">
        <p><label for="contact">{{t.erase-type}}</label>
        <input id="contact" name="contact" type="text" required="" autocomplete="off" spellcheck="false" maxlength="320" value="{{typed}}"{{#wrong-contact}} aria-describedby="fault" aria-invalid="true" autofocus=""{{/wrong-contact}}></p>
        <p class="choice"><input id="forget" name="forget-completely" type="checkbox" value="yes"{{#isForgetting}} checked="checked"{{/isForgetting}} aria-describedby="forget-about"> <label for="forget">{{t.erase-forget}}</label>
        <span id="forget-about" class="hint">{{t.erase-forget-about}}</span></p>
        <p><button class="danger">{{t.erase}}</button> <a href="/console/people/{{handle}}">{{t.erase-not}}</a></p>
        </form>

        """,
        "erased": """
        <h1>{{heading}}</h1>
        <p class="message yes" role="status">{{t.erased-about}}</p>
        {{>facts}}
        <p><a href="/console/find">{{t.find-another}}</a></p>

        """,
        "log": """
        <h1>{{heading}}</h1>
        {{>facts}}
        <h2 id="witnesses">{{t.witnesses}}</h2>
        {{#quorum}}
        <p class="message {{style}}">{{saying}}</p>
        {{/quorum}}
        {{#hasWitnesses}}
        <p>{{t.witnesses-about}}</p>
        <ul>
        {{#witnesses}}
        <li>{{>words}}</li>
        {{/witnesses}}
        </ul>
        {{/hasWitnesses}}
        {{#hasNoLine}}
        <p class="message wait">{{t.no-witnesses}}</p>
        {{/hasNoLine}}
        <h2>{{t.checkpoint-text}}</h2>
        <pre tabindex="0">{{{checkpointHTML}}}</pre>
        <h2>{{t.verification}}</h2>
        {{>verified}}
        {{^isRunning}}
        {{>verify}}
        {{/isRunning}}
        {{#isRunning}}
        <p><a href="/console/log/verification">{{t.verification-runs}}</a></p>
        {{/isRunning}}

        """,
        "verify": """
        <p>{{t.verify-about}}</p>
        <form method="post" action="/console/log/verification">
        <input type="hidden" name="form-key" value="{{formKey}}">
        <p><button>{{t.verify}}</button></p>
        </form>

        """,
        "verified": """
        {{#result}}
        <p class="message {{style}}" role="status">{{>words}}</p>
        {{#hasFindings}}
        {{>sideways}}
        <div class="wide" role="region" aria-label="{{t.findings}}" tabindex="0">
        <table>
        <thead><tr><th scope="col">{{t.finding}}</th><th scope="col">{{t.where}}</th><th scope="col">{{t.what}}</th></tr></thead>
        <tbody>
        {{#findings}}
        <tr><td>{{kind}} <span class="rule">{{code}}</span></td><td><bdi>{{where}}</bdi></td><td>{{>detail}}</td></tr>
        {{/findings}}
        </tbody>
        </table>
        </div>
        {{/hasFindings}}
        {{#hasLimits}}
        <p>{{t.verification-limits}}</p>
        <ul class="limits">
        {{#limits}}
        <li>{{>words}}</li>
        {{/limits}}
        </ul>
        {{/hasLimits}}
        {{/result}}

        """,
        "verification": """
        <h1>{{heading}}</h1>
        {{>fault}}
        {{#isRunning}}
        <p role="status">{{>words}}</p>
        <p><progress max="{{size}}" value="{{done}}" aria-label="{{t.verification}}">{{done}}</progress></p>
        <form method="post" action="/console/log/verification/stop">
        <input type="hidden" name="form-key" value="{{formKey}}">
        <p><button>{{t.verification-stop}}</button></p>
        </form>
        {{#isLive}}
        <p>{{t.verification-live}} <a href="/console/log/verification">{{t.verification-still}}</a></p>
        {{/isLive}}
        {{^isLive}}
        <p><a href="/console/log/verification">{{t.look-again}}</a></p>
        <p><a href="/console/log/verification/live">{{t.verification-follow}}</a></p>
        {{/isLive}}
        <p>{{t.verification-leave}}</p>
        {{/isRunning}}
        {{>verified}}
        {{^isRunning}}
        {{>verify}}
        {{/isRunning}}
        <p><a href="/console/log">{{t.back-to-log}}</a></p>

        """,
        "activity": """
        <h1>{{heading}}</h1>
        <p>{{>words}}</p>
        {{^isWhole}}
        <p><a href="/console/activity">{{t.look-again}}</a></p>
        {{/isWhole}}
        {{#hasActs}}
        <figure>
        {{>sideways}}
        <div class="wide" role="region" aria-label="{{heading}}" tabindex="0">
        <svg viewBox="0 0 960 {{height}}" role="img" aria-label="{{caption}}">
        {{#lines}}
        <line class="grid" x1="{{left}}" x2="{{right}}" y1="{{y}}" y2="{{y}}"/>
        <text x="{{labelX}}" y="{{labelY}}" text-anchor="end">{{label}}</text>
        {{/lines}}
        {{#bars}}
        <rect class="{{style}}" x="{{x}}" y="{{y}}" width="{{width}}" height="{{barHeight}}"/>
        {{/bars}}
        {{#ticks}}
        <text x="{{x}}" y="{{y}}" text-anchor="middle">{{label}}</text>
        {{/ticks}}
        </svg>
        </div>
        <figcaption>{{caption}}</figcaption>
        </figure>
        <details>
        <summary>{{t.numbers}}</summary>
        {{>sideways}}
        <div class="wide" role="region" aria-label="{{t.numbers}}" tabindex="0">
        <table>
        <thead><tr><th scope="col">{{t.from}}</th><th scope="col">{{t.given}}</th><th scope="col">{{t.withdrawn}}</th></tr></thead>
        <tbody>
        {{#rows}}
        <tr><th scope="row">{{start}}</th><td>{{given}}</td><td>{{withdrawn}}</td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        </details>
        {{/hasActs}}
        {{^hasActs}}
        <p>{{t.no-acts}}</p>
        {{/hasActs}}

        """,
        "uncounted": """
        <h1>{{heading}}</h1>
        {{>fault}}
        {{#isEmpty}}
        <p class="message wait">{{t.no-checkpoint}}</p>
        {{/isEmpty}}
        {{#mayVerify}}
        <p><a href="/console/log">{{t.log}}</a></p>
        {{/mayVerify}}

        """,
        "sources": """
        <h1>{{heading}}</h1>
        <p>{{t.sources-about}}</p>
        {{>sideways}}
        <div class="wide" role="region" aria-label="{{heading}}" tabindex="0">
        <table>
        <thead><tr><th scope="col">{{t.source}}</th><th scope="col">{{t.window}}</th><th scope="col">{{t.businesses}}</th><th scope="col">{{t.custody}}</th><th scope="col">{{t.key}}</th></tr></thead>
        <tbody>
        {{#sources}}
        <tr><th scope="row"><bdi>{{id}}</bdi></th><td><span class="outcome {{style}}">{{state}}</span><p>{{>words}}</p>{{#compromise}}<p>{{>words}}</p>{{/compromise}}</td><td><bdi>{{names}}</bdi></td><td>{{custody}}</td><td><code>{{key}}</code></td></tr>
        {{/sources}}
        </tbody>
        </table>
        </div>

        """,
        "notices": """
        <h1>{{heading}}</h1>
        <p>{{t.notices-about}} <a href="/console/notices/try">{{t.try-notice}}</a></p>
        {{#groups}}
        <h2><bdi>{{business}}</bdi></h2>
        {{#part}}
        <p>{{>words}}</p>
        {{/part}}
        {{#notices}}
        <article class="panel">
        <h3><bdi>{{name}}</bdi> <span class="outcome {{style}}">{{state}}</span></h3>
        {{>facts}}
        {{>problems}}
        {{#hasText}}
        <details>
        <summary>{{t.words-shown}}</summary>
        <blockquote lang="{{noticeLanguage}}" dir="auto">{{{wordsHTML}}}</blockquote>
        </details>
        {{/hasText}}
        </article>
        {{/notices}}
        {{^hasNotices}}
        <p>{{t.no-notices}}</p>
        {{/hasNotices}}
        {{#others}}
        <p><a href="{{href}}">{{>words}}</a></p>
        {{/others}}
        {{/groups}}

        """,
        "problems": """
        {{#hasProblems}}
        <ul class="problems">
        {{#problems}}
        <li><strong>{{severity}}</strong> {{subject}}{{#isSaid}}: {{>words}}{{/isSaid}}{{#rule}} <span class="rule"><bdi>{{rule}}</bdi></span>{{/rule}}</li>
        {{/problems}}
        </ul>
        {{/hasProblems}}
        {{^hasProblems}}
        <p>{{t.no-problems}}</p>
        {{/hasProblems}}

        """,
        "try": """
        <h1>{{heading}}</h1>
        {{>fault}}
        {{#judged}}
        <section aria-labelledby="result">
        <h2 id="result">{{t.judgement}} <span class="outcome {{style}}">{{state}}</span></h2>
        {{>problems}}
        </section>
        {{/judged}}
        <form method="post" action="/console/notices/try" class="panel">
        <input type="hidden" name="form-key" value="{{formKey}}">
        <p><label for="business">{{t.business}}</label>
        <select id="business" name="business">
        {{#businesses}}
        {{#isChosen}}<option value="{{id}}" selected="selected">{{name}}</option>{{/isChosen}}{{^isChosen}}<option value="{{id}}">{{name}}</option>{{/isChosen}}
        {{/businesses}}
        </select></p>
        <p><label for="language">{{t.notice-language}}</label>
        <input id="language" name="language" type="text" required="" maxlength="35" value="{{asked}}" aria-describedby="{{#wrong-language}}fault {{/wrong-language}}language-about"{{#wrong-language}} aria-invalid="true" autofocus=""{{/wrong-language}}>
        <span id="language-about" class="hint">{{t.notice-language-about}}</span></p>
        <fieldset{{#wrong-channel}} aria-describedby="fault"{{/wrong-channel}}>
        <legend>{{t.channels}}</legend>
        {{#channels}}
        <p class="choice"><input id="channel-{{id}}" name="channel" type="checkbox" value="{{id}}"{{#isChosen}} checked="checked"{{/isChosen}}{{#wrong-channel}} aria-invalid="true"{{#isFirst}} autofocus=""{{/isFirst}}{{/wrong-channel}}> <label for="channel-{{id}}">{{name}}</label></p>
        {{/channels}}
        </fieldset>
        <p><label for="text">{{t.notice-text}}</label>
        <textarea id="text" name="text" rows="6" required="" maxlength="20000"{{#wrong-text}} aria-describedby="fault" aria-invalid="true" autofocus=""{{/wrong-text}}>{{{typedHTML}}}</textarea></p>
        <p><button>{{t.judge}}</button></p>
        </form>

        """,
        "error": """
        <h1>{{heading}}</h1>
        <div class="message no" role="alert" tabindex="-1" autofocus="">
        <p>{{saying}}</p>
        {{>detail}}
        </div>
        {{>facts}}
        <p><a href="/console/">{{t.to-start}}</a></p>

        """,
    ]
}
