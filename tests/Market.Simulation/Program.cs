using Market.Simulation;
using Market.Simulation.Floods;

return args is ["floods", ..] ? FloodVerb.Run([.. args.Skip(1)], Console.Out) : SimulateVerb.Run(args, Console.Out);
