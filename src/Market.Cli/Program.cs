Console.WriteLine("market");
