using System.Net;
using System.Text;
using Market.Chains.Http;

namespace Market.Chains.Tests.Http;

/// <summary>A server that sends without end fills no memory.</summary>
public sealed class HostileAnswers
{
    private const int Megabyte = 1024 * 1024;

    [Theory]
    [InlineData("data: x")]
    [InlineData("data: x\n")]
    [InlineData("event: x\r\n")]
    [InlineData(":\r")]
    [InlineData("x")]
    public async Task An_event_that_never_ends_is_not_kept(string repeated)
    {
        using var endless = new Endless(repeated);
        var error = await Assert.ThrowsAsync<ChainUnavailableException>(() => Hear(HttpStatusCode.OK, endless));

        Assert.Contains("too large", error.Message, StringComparison.Ordinal);
        Assert.InRange(endless.Given, Megabyte, 4 * Megabyte);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r")]
    [InlineData("\r\n")]
    public async Task Events_that_end_may_come_for_ever(string line)
    {
        const int many = 3_000;
        var large = $"event: tx{line}data: {new string('a', 2_000)}{line}{line}";
        var body = new MemoryStream(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(large, many))));

        Assert.Equal(many, await Hear(HttpStatusCode.OK, body));
    }

    [Fact]
    public async Task A_refusal_without_end_is_not_read_to_it()
    {
        using var endless = new Endless("no ");

        await Assert.ThrowsAsync<ChainUnavailableException>(() => Hear(HttpStatusCode.InternalServerError, endless));
        Assert.InRange(endless.Given, 1, Megabyte);
    }

    [Theory]
    [InlineData("""{"code":"starting","detail":"The chains are being opened."}""", "503: The chains are being opened.")]
    [InlineData("""{"detail":7}""", """503: {"detail":7}""")]
    [InlineData("""{"detail":"\ud800"}""", "503: {\"detail\"")]
    [InlineData("<html>Bad gateway", "503: <html>Bad gateway")]
    [InlineData("", "503: ")]
    public async Task A_refusal_is_told_in_its_own_words(string body, string told)
    {
        var error = await Assert.ThrowsAsync<ChainUnavailableException>(
            () => Hear(HttpStatusCode.ServiceUnavailable, new MemoryStream(Encoding.UTF8.GetBytes(body))));
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_without_end_is_not_read_to_it()
    {
        using var endless = new Endless("\0");

        await Assert.ThrowsAsync<ChainUnavailableException>(
            async () => await Client(HttpStatusCode.OK, endless).BlocksAsync(default, 1, TestContext.Current.CancellationToken));
        Assert.InRange(endless.Given, Megabyte, 20 * Megabyte);
    }

    [Fact]
    public async Task A_list_of_more_than_was_asked_for_is_none()
    {
        static Task<List<ReadOnlyMemory<byte>>> Ask(int length) => Client(HttpStatusCode.OK, new MemoryStream(new byte[length]))
            .BlocksAsync(default, 1, TestContext.Current.CancellationToken).AsTask();

        Assert.Equal(NodeHttpService.MostBlocks, (await Ask(NodeHttpService.MostBlocks)).Count);
        await Assert.ThrowsAsync<ChainUnavailableException>(() => Ask(NodeHttpService.MostBlocks + 1));
    }

    private static async Task<int> Hear(HttpStatusCode status, Stream body)
    {
        var count = 0;
        await foreach (var (_, data) in Client(status, body).EventsAsync(TestContext.Current.CancellationToken))
        {
            count += data.Length > 0 ? 1 : 0;
        }

        return count;
    }

    private static NodeClient Client(HttpStatusCode status, Stream body) => new(
        new HttpClient(new Said(status, body)) { BaseAddress = new Uri("https://node.example/") },
        ChainKind.Mainchain, new FollowerOptions(), TimeProvider.System);

    private sealed class Said(HttpStatusCode status, Stream body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(status) { Content = new StreamContent(body), RequestMessage = request });
    }

    /// <summary>The same text again and again.</summary>
    private sealed class Endless(string text) : Stream
    {
        private readonly byte[] _text = Encoding.ASCII.GetBytes(text);

        public long Given { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => Given; set => throw new NotSupportedException(); }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count)
        {
            for (var i = 0; i < count; i++)
            {
                buffer[offset + i] = _text[Given++ % _text.Length];
            }

            return count;
        }
    }
}
