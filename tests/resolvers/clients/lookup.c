/* Looks a name up by the C library it is linked with. */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

static const char *word(int error) {
    switch (error) {
    case EAI_NONAME: return "EAI_NONAME";
    case EAI_AGAIN: return "EAI_AGAIN";
    case EAI_FAIL: return "EAI_FAIL";
#ifdef EAI_NODATA
    case EAI_NODATA: return "EAI_NODATA";
#endif
    default: return error == -5 ? "EAI_NODATA" : "other";
    }
}

int main(int count, char **words) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int error = getaddrinfo(words[1], "80", &hints, &found);
    if (error) {
        printf("{\"addresses\": [], \"error\": \"%s\"}\n", word(error));
        return 0;
    }
    printf("{\"addresses\": [");
    for (struct addrinfo *each = found; each; each = each->ai_next) {
        char text[INET6_ADDRSTRLEN];
        const void *address = each->ai_family == AF_INET
            ? (const void *)&((struct sockaddr_in *)each->ai_addr)->sin_addr
            : (const void *)&((struct sockaddr_in6 *)each->ai_addr)->sin6_addr;
        inet_ntop(each->ai_family, address, text, sizeof text);
        printf("%s\"%s\"", each == found ? "" : ", ", text);
    }
    printf("]}\n");
    return 0;
}
