using Market.Chains.Victim;

// "file" FOLDER, or "postgres" CONNECTION: the process that is killed. All else is `market simulate node`.
if (args is ["file" or "postgres", var place])
{
    await Victim.MineForeverAsync(args[0], place);
}

return await SimulateNode.RunAsync(args, Console.Out);
