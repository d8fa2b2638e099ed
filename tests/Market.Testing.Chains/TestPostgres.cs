using System.Globalization;

namespace Market.Testing.Chains;

/// <summary>
/// One PostgreSQL for all tests of a process: in a container where a Docker engine answers, else a private cluster. Use as an
/// assembly fixture.
/// </summary>
public sealed class TestPostgres : IAsyncLifetime
{
    private ITestDatabases? _databases;
    private int _made;

    /// <summary>A new empty database.</summary>
    /// <returns>Its connection string.</returns>
    public Task<string> NewDatabaseAsync() =>
        _databases!.NewAsync("t" + Interlocked.Increment(ref _made).ToString(CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _databases = await ChooseAsync(
        () => DockerEngine.OfThisMachine.AnswersAsync(), ContainerDatabases.StartAsync, ClusterDatabases.StartAsync,
        why => TestContext.Current.SendDiagnosticMessage("{0}", why));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_databases is not null) await _databases.DisposeAsync();
    }

    /// <summary>Chooses where the databases are.</summary>
    /// <param name="answers">Whether a Docker engine answers.</param>
    /// <param name="container">Starts a container.</param>
    /// <param name="cluster">Starts a private cluster.</param>
    /// <param name="say">Told once why it is no container.</param>
    public static async Task<ITestDatabases> ChooseAsync(
        Func<Task<bool>> answers, Func<Task<ITestDatabases>> container, Func<Task<ITestDatabases>> cluster, Action<string> say)
    {
        if (!await answers())
        {
            say("No Docker engine answers: a private PostgreSQL cluster is used.");
            return await cluster();
        }

        try
        {
            return await container();
        }
        catch (Exception e)
        {
            // An engine that cannot fetch the image, say. The cluster is as good, and fails in words of its own.
            say($"The Docker engine started no PostgreSQL ({e.Message}): a private cluster is used.");
            return await cluster();
        }
    }
}
