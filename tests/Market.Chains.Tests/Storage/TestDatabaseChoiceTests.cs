using System.Net.Sockets;
using System.Text;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Storage;

/// <summary>Where the databases of tests are: in a container where a Docker engine answers, else in a private cluster.</summary>
public sealed class TestDatabaseChoiceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("market-engine-").FullName;
    private readonly List<string> _said = [];

    [Fact]
    public async Task An_engine_that_answers_is_taken_and_nothing_is_said()
    {
        var chosen = await ChooseAsync(true, () => Task.FromResult<ITestDatabases>(new Named("container")));

        Assert.Equal("container", chosen);
        Assert.Empty(_said);
    }

    [Fact]
    public async Task Without_an_engine_the_cluster_is_taken_no_container_is_tried_and_that_is_said_once()
    {
        var chosen = await ChooseAsync(false, () => throw new InvalidOperationException("It was tried."));

        Assert.Equal("cluster", chosen);
        Assert.Contains("No Docker engine answers", Assert.Single(_said));
    }

    [Fact]
    public async Task An_engine_that_starts_none_is_said_to_and_the_cluster_is_taken()
    {
        var chosen = await ChooseAsync(true, () => throw new HttpRequestException("no such image"));

        Assert.Equal("cluster", chosen);
        Assert.Contains("no such image", Assert.Single(_said));
    }

    [Fact]
    public async Task Where_nothing_listens_no_engine_answers() =>
        Assert.False(await new DockerEngine(SocketAddress).AnswersAsync(TestContext.Current.CancellationToken));

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", true)]
    [InlineData("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", false)]
    [InlineData("SSH-2.0-something else\r\n", false)]
    [InlineData("", false)]
    public async Task An_engine_is_what_answers_a_ping(string answer, bool isEngine)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(SocketAddress.LocalPath));
        listener.Listen();
        var served = ServeAsync(listener, answer);

        Assert.Equal(isEngine, await new DockerEngine(SocketAddress).AnswersAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith("GET /_ping ", await served);
    }

    [Theory]
    [InlineData(null, "unix:///var/run/docker.sock")]
    [InlineData("", "unix:///var/run/docker.sock")]
    [InlineData("npipe://./pipe/docker", "unix:///var/run/docker.sock")]
    [InlineData("unix:///run/user/1000/docker.sock", "unix:///run/user/1000/docker.sock")]
    [InlineData("tcp://127.0.0.1:2375", "tcp://127.0.0.1:2375")]
    public void The_engine_is_where_its_variable_says(string? named, string address) =>
        Assert.Equal(new Uri(address), DockerEngine.AddressOf(named));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Uri SocketAddress => new("unix://" + Path.Combine(_folder, "engine.sock"));

    private async Task<string> ChooseAsync(bool answers, Func<Task<ITestDatabases>> container)
    {
        await using var chosen = await TestPostgres.ChooseAsync(
            () => Task.FromResult(answers), container, () => Task.FromResult<ITestDatabases>(new Named("cluster")), _said.Add);
        return ((Named)chosen).Name;
    }

    private static async Task<string> ServeAsync(Socket listener, string answer)
    {
        using var connection = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        var request = new byte[4_096];
        var length = await connection.ReceiveAsync(request, TestContext.Current.CancellationToken);
        await connection.SendAsync(Encoding.ASCII.GetBytes(answer), TestContext.Current.CancellationToken);
        return Encoding.ASCII.GetString(request, 0, length);
    }

    private sealed class Named(string who) : ITestDatabases
    {
        public string Name => who;

        public Task<string> NewAsync(string name) => Task.FromResult(name);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
