namespace Market.Web;

/// <summary>How a program opens a WebSocket and follows a channel, in the languages of <see cref="ApiSamples.Languages"/>, each
/// with nothing but what the language brings along: Python brings no WebSocket, and has its frames written out.</summary>
internal static class SocketSamples
{
    /// <summary>The four of them.</summary>
    /// <param name="url">The socket's address, with http or https.</param>
    /// <param name="instrument">What is followed.</param>
    public static IReadOnlyList<string> Of(string url, string instrument)
    {
        var address = "ws" + url["http".Length..];
        var request = $$"""{"op": "subscribe", "id": "1", "topic": "trades", "instrument": "{{instrument}}"}""";
        return
        [
            $"""
            # Opens it; messages are frames, which curl does not write.
            curl -i -N '{url}' \
              -H 'Connection: Upgrade' \
              -H 'Upgrade: websocket' \
              -H 'Sec-WebSocket-Version: 13' \
              -H 'Sec-WebSocket-Key: bWFya2V0IHNvY2tldCBrZQ=='
            """,
            $$"""
            // A browser, or Node from version 22 on.
            const socket = new WebSocket('{{address}}');
            socket.onopen = () => socket.send('{{request}}');
            socket.onmessage = (message) => console.log(message.data);
            """,
            $$""""
            using System.Net.WebSockets;
            using System.Text;

            using var socket = new ClientWebSocket();
            await socket.ConnectAsync(new Uri("{{address}}"), default);
            await socket.SendAsync(
                Encoding.UTF8.GetBytes("""{{request}}"""), WebSocketMessageType.Text, true, default);
            var buffer = new byte[64 * 1024];
            while (socket.State == WebSocketState.Open)
            {
                var got = await socket.ReceiveAsync(buffer, default);
                Console.Write(Encoding.UTF8.GetString(buffer, 0, got.Count) + (got.EndOfMessage ? "\n" : ""));
            }
            """",
            $$""""
            import base64
            import os
            import socket
            import ssl
            from urllib.parse import urlsplit

            url = urlsplit("{{address}}")
            line = socket.create_connection((url.hostname, url.port or (443 if url.scheme == "wss" else 80)))
            if url.scheme == "wss":
                line = ssl.create_default_context().wrap_socket(line, server_hostname=url.hostname)
            key = base64.b64encode(os.urandom(16)).decode()
            line.sendall((f"GET {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                          f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").encode())
            answer = line.makefile("rb")
            print(answer.readline().decode().strip())
            while answer.readline() != b"\r\n":
                pass


            # A frame of up to 125 bytes, whose mask is zeros.
            def send(kind, payload):
                line.sendall(bytes([0x80 | kind, 0x80 | len(payload)]) + bytes(4) + payload)


            send(1, b'{{request}}')
            while True:
                kind, length = answer.read(2)
                if length > 125:
                    length = int.from_bytes(answer.read(2 if length == 126 else 8), "big")
                payload = answer.read(length)
                if kind & 15 == 8:
                    break
                if kind & 15 == 9:
                    send(10, payload)
                else:
                    print(payload.decode(), end="\n" if kind & 128 else "", flush=True)
            """",
        ];
    }
}
