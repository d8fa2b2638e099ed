using Market.Chains.Postgres;
using Market.Chains.Victim;

// "cluster" FOLDER starts a private PostgreSQL there, says how to reach it, and waits to be killed.
if (args is ["cluster", var home])
{
    await using var cluster = await PrivatePostgres.StartAsync(home, new PrivatePostgresOptions { Durable = false });
    Console.WriteLine(cluster.ConnectionString);
    await Task.Delay(Timeout.Infinite);
}

// "file" FOLDER, or "postgres" CONNECTION: the process that is killed. All else is `market simulate node`.
if (args is ["file" or "postgres", var place])
{
    await Victim.MineForeverAsync(args[0], place);
}

return await SimulateNode.RunAsync(args, Console.Out);
