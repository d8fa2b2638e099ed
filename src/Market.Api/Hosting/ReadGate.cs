namespace Market.Api.Hosting;

/// <summary>
/// Lets a few reads be worked on at once; the others wait their turn without a thread. Readers in any number then leave the pool's
/// threads, of which there are as few as cores, to orders, keys and the drivers of swaps: what waits for a thread waits behind a
/// few reads and not behind all. They also take no more connections of the database than this.
/// </summary>
/// <param name="most">Reads at once.</param>
public sealed class ReadGate(int most)
{
    private const int Least = 8;
    private const int OfEachCore = 4;

    private readonly SemaphoreSlim _free = new(most, most);
    private int _waiting;

    /// <summary>How many wait for a place now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>The gate of a machine: some reads wait for the database while others compute.</summary>
    public static ReadGate OfThisMachine => new(Math.Max(Least, OfEachCore * Environment.ProcessorCount));

    /// <summary>Waits for a place, in the order of asking. Dispose it to give it back; once more does nothing.</summary>
    public async ValueTask<IDisposable> EnterAsync(CancellationToken cancel)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await _free.WaitAsync(cancel);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
        return new Place(_free);
    }

    private sealed class Place(SemaphoreSlim free) : IDisposable
    {
        private int _given;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _given, 1) == 0) free.Release();
        }
    }
}

/// <summary>The gate in the way of requests.</summary>
public static class ReadGates
{
    /// <summary>Stands after routing and after what refuses cheaply.</summary>
    public static void UseReadGate(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.Use(async (context, next) =>
        {
            if (!IsRead(context.Request))
            {
                await next(context);
                return;
            }
            using var place = await context.RequestServices.GetRequiredService<ReadGate>().EnterAsync(context.RequestAborted);
            // What is left then is to write, which waits for the client: nobody else shall. Streams begin to answer at once.
            context.Response.OnStarting(() =>
            {
                place.Dispose();
                return Task.CompletedTask;
            });
            await next(context);
        });
    }

    // A hub's long polls answer when there is something to tell. The time tells whether the server is there: whoever looks after it
    // must not take a long queue for a server that is gone.
    private static bool IsRead(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && !request.Path.StartsWithSegments(Contracts.Streams.HubPath, StringComparison.OrdinalIgnoreCase)
        && !request.Path.Equals(Contracts.Routes.Time, StringComparison.OrdinalIgnoreCase);
}
