// What tools/bench-server holds consentd's answers against: the least that an HTTP service over PostgreSQL can do to
// answer the same question. A thread and a database connection for each HTTP connection, one prepared select of a row by
// its primary key; JSON is not parsed but searched, no token is looked up, no reason given, nothing signed or counted.
//
//     bench-server-postgresql PORT CONNINFO        listens on the loopback until it is ended
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <postgresql/libpq-fe.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *conninfo;

static void fail(const char *what) {
    fprintf(stderr, "bench-server-postgresql: %s\n", what);
    exit(1);
}

// Copies the text of a JSON member into `value`.
static int member(const char *body, const char *name, char *value, size_t size) {
    char wanted[32];
    snprintf(wanted, sizeof wanted, "\"%s\":\"", name);
    const char *start = strstr(body, wanted);
    if (!start) return 0;
    start += strlen(wanted);
    const char *end = strchr(start, '"');
    if (!end || (size_t)(end - start) >= size) return 0;
    memcpy(value, start, end - start);
    value[end - start] = 0;
    return 1;
}

static int answer(PGconn *database, const char *body, char *text, size_t size) {
    char contact[64], category[64], channel[64];
    const char *values[] = {contact, category, channel};
    const char *status = "400 Bad Request", *outcome = "error";
    if (member(body, "contact", contact, sizeof contact) && member(body, "category", category, sizeof category)
        && member(body, "channel", channel, sizeof channel)) {
        PGresult *result = PQexecPrepared(database, "ask", 3, values, NULL, NULL, 0);
        if (PQresultStatus(result) != PGRES_TUPLES_OK) fail(PQerrorMessage(database));
        status = "200 OK";
        outcome = PQntuples(result) == 1 && PQgetvalue(result, 0, 0)[0] == 't' ? "allow" : "deny";
        PQclear(result);
    }
    char json[64];
    int length = snprintf(json, sizeof json, "{\"decisions\": [{\"outcome\": \"%s\"}]}\n", outcome);
    return snprintf(text, size, "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", status, length, json);
}

static void *serve(void *argument) {
    int connection = (int)(long)argument, yes = 1;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    PGconn *database = PQconnectdb(conninfo);
    if (PQstatus(database) != CONNECTION_OK) fail(PQerrorMessage(database));
    PQclear(PQprepare(
        database, "ask",
        "SELECT given IS NOT NULL AND (withdrawn IS NULL OR withdrawn < given) FROM consent "
        "WHERE contact = $1 AND category = $2 AND channel = $3", 3, NULL));
    char request[16384], text[512];
    size_t have = 0;
    for (;;) {
        request[have] = 0;
        char *end = strstr(request, "\r\n\r\n");
        char *field = end ? strcasestr(request, "\r\nContent-Length:") : NULL;
        size_t whole = end ? (size_t)(end + 4 - request) + (field && field < end ? strtoul(field + 17, NULL, 10) : 0) : 0;
        if (end && whole < sizeof request && have >= whole) {
            char after = request[whole];
            request[whole] = 0;
            int length = answer(database, end + 4, text, sizeof text);
            request[whole] = after;
            if (send(connection, text, length, MSG_NOSIGNAL) != length) break;
            have -= whole;
            memmove(request, request + whole, have);
            continue;
        }
        ssize_t count = recv(connection, request + have, sizeof request - 1 - have, 0);
        if (count <= 0) break;
        have += count;
    }
    PQfinish(database);
    close(connection);
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 3) fail("PORT CONNINFO");
    conninfo = arguments[2];
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(atoi(arguments[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024)) fail("cannot listen");
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        pthread_t thread;
        if (connection < 0 || pthread_create(&thread, NULL, serve, (void *)(long)connection)) fail("cannot serve");
        pthread_detach(thread);
    }
}
